/**
 * A store and its model, driven step by step: what each call says, and after each step everything that can be read, is
 * compared.
 */
import { expect } from 'vitest';
import { type AnyKey, anyKey, stringKey } from '../../../src/kv/keys/index.js';
import type { Pager } from '../../../src/kv/pager.js';
import type { Durability } from '../../../src/kv/store/options.js';
import type { Snapshot } from '../../../src/kv/store/snapshot.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import type { Ground } from './ground.js';
import { MemoryPager } from './memory-pager.js';
import { type Contents, checkAll, copyOf, EMPTY, hexOf, type Ranges, Tables } from './model.js';

export interface RecordChange {
  kind: 'set' | 'delete' | 'replace' | 'version';
  table: 'own' | 'named' | 'versioned';
  key: AnyKey;
  text: string;
  value: string;
  many: number;
}
export type Change =
  | RecordChange
  | { kind: 'add' | 'remove' | 'removeAll'; key: AnyKey; value: AnyKey }
  | { kind: 'clear'; table: keyof Contents }
  | { kind: 'nested'; steps: Change[]; fails: boolean };

/** A function of `write`. */
export interface Job {
  steps: Change[];
  fails: boolean;
}

export type Step =
  | { kind: 'change'; change: Change }
  | { kind: 'write'; jobs: Job[] }
  | { kind: 'async'; entries: [AnyKey, string][] }
  | { kind: 'snapshot' | 'release' | 'iterate' | 'reopen' | 'flush' };

class Failure extends Error {}

export class Machine {
  pager: Pager;
  tables: Tables;
  contents = copyOf(EMPTY);
  readonly #snapshots: { snapshot: Snapshot<AnyKey, unknown>; contents: Contents }[] = [];
  readonly #iterations: { rest: AnyKey[]; iterator: IterableIterator<AnyKey> }[] = [];

  constructor(
    readonly ground: Ground,
    readonly durability: Durability,
  ) {
    this.pager = ground.open();
    this.tables = this.#open();
  }

  async step(step: Step, ranges: Ranges): Promise<void> {
    const { kind } = step;
    if (kind === 'change') this.change(step.change, ranges);
    else if (kind === 'write') await this.#write(step.jobs, ranges);
    else if (kind === 'async') await this.#async(step.entries);
    else if (kind === 'snapshot')
      this.#snapshots.push({ snapshot: this.tables.store.snapshot(), contents: copyOf(this.contents) });
    else if (kind === 'release') this.#snapshots.shift()?.snapshot.close();
    else if (kind === 'iterate') this.#iterate();
    else if (kind === 'reopen') await this.reopen();
    else await this.tables.store.flush();
    this.check(ranges);
  }

  check(ranges: Ranges): void {
    checkAll(this.tables, undefined, this.contents, ranges);
    for (const { snapshot, contents } of this.#snapshots) checkAll(this.tables, snapshot, contents, ranges);
    for (const { rest, iterator } of this.#iterations) {
      const next = iterator.next();
      if (next.done) expect(rest.length).toBe(0);
      else expect(next.value).toEqual(rest.shift());
    }
    this.ground.checkPages(this.pager);
  }

  /** Makes a change in the store and in the model, and compares what the call says. */
  change(change: Change, ranges: Ranges): void {
    const { store, multi } = this.tables;
    const { contents } = this;
    if (change.kind === 'nested') {
      const before = copyOf(contents);
      const run = () => {
        for (const each of change.steps) this.change(each, ranges);
        checkAll(this.tables, undefined, this.contents, ranges);
        if (change.fails) throw new Failure();
        return 'done';
      };
      if (!change.fails) expect(store.transaction(run)).toBe('done');
      else {
        expect(() => store.transaction(run)).toThrow(Failure);
        this.contents = before;
      }
    } else if (change.kind === 'clear') {
      (change.table === 'own' ? store : this.tables[change.table]).clear();
      contents[change.table].clear();
    } else if (change.kind === 'add' || change.kind === 'remove') {
      const hex = hexOf(anyKey, change.key);
      const values = contents.multi.get(hex) ?? new Map<string, readonly [AnyKey, AnyKey]>();
      const has = values.has(hexOf(anyKey, change.value));
      const isAdded = change.kind === 'add';
      expect(isAdded ? multi.add(change.key, change.value) : multi.delete(change.key, change.value)).toBe(
        has !== isAdded,
      );
      if (isAdded && !has) values.set(hexOf(anyKey, change.value), [change.key, change.value]);
      else if (!isAdded) values.delete(hexOf(anyKey, change.value));
      if (values.size > 0) contents.multi.set(hex, values);
      else contents.multi.delete(hex);
    } else if (change.kind === 'removeAll') {
      expect(multi.delete(change.key)).toBe(contents.multi.delete(hexOf(anyKey, change.key)));
    } else this.#changeRecord(change as RecordChange);
  }

  #changeRecord({ kind, table, key, text, value, many }: RecordChange): void {
    const target =
      table === 'own' ? this.tables.store : (this.tables[table] as unknown as Store<AnyKey, unknown>);
    const model = this.contents[table] as Map<string, readonly [AnyKey, unknown]>;
    const own: AnyKey = table === 'named' ? text : key;
    const hex = table === 'named' ? hexOf(stringKey, text) : hexOf(anyKey, key);
    const old = model.get(hex);
    if (kind === 'set' && many > 1) {
      this.tables.store.transaction(() => {
        for (let index = 0; index < many; index++) {
          const other = `${text.slice(0, 9)}${index}`;
          target.set(other, value);
          model.set(hexOf(table === 'named' ? stringKey : (anyKey as never), other), [other, value]);
        }
      });
    } else if (kind === 'set') {
      expect(target.set(own, value)).toBe(true);
      model.set(hex, [own, value]);
    } else if (kind === 'delete') expect(target.delete(own)).toBe(model.delete(hex));
    else if (kind === 'replace') {
      expect(target.set(own, value, { ifAbsent: true })).toBe(old === undefined);
      expect(target.set(own, 'new', { ifValue: value })).toBe(old === undefined || old[1] === value);
      if (old === undefined || old[1] === value) model.set(hex, [own, 'new']);
    } else if (table === 'versioned') {
      const version = target.version(own);
      expect(version > 0).toBe(old !== undefined);
      expect(target.set(own, value, { ifVersion: version + 1 })).toBe(false);
      expect(target.set(own, value, { ifVersion: version })).toBe(true);
      expect(target.version(own)).toBeGreaterThan(version);
      expect(target.delete(own, { ifVersion: version })).toBe(false);
      model.set(hex, [own, value]);
    }
  }

  async #write(jobs: readonly Job[], ranges: Ranges): Promise<void> {
    const promises = jobs.map(({ steps, fails }) =>
      this.tables.store.write(
        () => {
          const before = copyOf(this.contents);
          for (const each of steps) this.change(each, ranges);
          if (!fails) return 'done';
          this.contents = before;
          throw new Failure();
        },
        { durability: this.durability },
      ),
    );
    const results = await Promise.allSettled(promises);
    expect(results.map(({ status }) => status === 'rejected')).toEqual(jobs.map(({ fails }) => fails));
  }

  async #async(entries: readonly [AnyKey, string][]): Promise<void> {
    await Promise.all(entries.map(([key, value]) => this.tables.store.setAsync(key, value)));
    for (const [key, value] of entries) this.contents.own.set(hexOf(anyKey, key), [key, value]);
  }

  #iterate(): void {
    const rest = [...this.contents.own].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, [key]]) => key);
    const iterator = this.tables.store.keys();
    const first = iterator.next();
    if (!first.done) expect(first.value).toEqual(rest.shift());
    this.#iterations.push({ rest, iterator });
  }

  #open(): Tables {
    const wanted = wantedTable({ keys: 'any', values: 'messagepack' });
    return new Tables(new Store<AnyKey, unknown>(this.pager, 'the model', wanted, this.durability, 1));
  }

  async reopen(): Promise<void> {
    for (const { snapshot } of this.#snapshots.splice(0)) snapshot.close();
    for (const { iterator } of this.#iterations.splice(0)) iterator.return?.();
    if (this.pager instanceof MemoryPager) expect(this.pager.pinCount).toBe(0);
    // Windows does not let a file be opened anew before a flush that is under way has ended.
    if (process.platform === 'win32') await this.tables.store.flush();
    this.tables.store.close();
    expect(() => this.tables.store.size).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    this.pager = this.ground.open();
    this.tables = this.#open();
    expect([...this.tables.store.keys()].length).toBe(this.contents.own.size);
  }
}
