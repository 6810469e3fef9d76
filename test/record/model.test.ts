/**
 * Any sequence of calls leaves what a plain array says.
 *
 * Method: random programs of appends, changes, truncations, flushes and reopenings run on a real file and on an array.
 * Flushes and truncations are sometimes not awaited before the next call: they must not lose or bring back anything.
 */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { array, defineRecord, RecordFile, u8, u32 } from '../../src/record/index.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const Entry = defineRecord({ key: u32, copies: array(u32, 2), last: u8 });
type Entry = { key: number; copies: readonly number[]; last: number };
const entry = (key: number): Entry => ({ key, copies: [key, key], last: key & 0xff });

const step = fc.record({
  kind: fc.constantFrom(
    'append',
    'append many',
    'fill',
    'failing append',
    'set',
    'cursor',
    'truncate',
    'truncate blocking',
    'flush',
    'flush blocking',
    'reserve',
    'reopen',
    'vanish',
  ),
  size: fc.integer({ min: 1, max: 40 }),
  at: fc.nat(10_000),
  wait: fc.boolean(),
});
type Step = { kind: string; size: number; at: number; wait: boolean };

class Run {
  file: RecordFile<Entry>;
  model: Entry[] = [];
  key = 0;
  readonly #started: Promise<unknown>[] = [];

  constructor(readonly path: string) {
    this.file = RecordFile.create(
      path,
      Entry,
      { capacity: 1, share: 'read' },
      { maxWindowBytes: 16 * Entry.recordSize },
    );
  }

  async step({ kind, size, at, wait }: Step): Promise<void> {
    const { file, model } = this;
    const index = model.length === 0 ? 0 : at % model.length;
    const more = () => Array.from({ length: size }, () => entry(++this.key));
    if (kind === 'append') model[file.append(entry(++this.key))] = entry(this.key);
    else if (kind === 'append many') {
      const added = more();
      expect(file.appendMany(added)).toBe(size);
      model.push(...added);
    } else if (kind === 'fill') {
      const added = more();
      file.appendMany(size, (record, number) => Object.assign(record, added[number]));
      model.push(...added);
    } else if (kind === 'failing append') {
      expect(() =>
        file.appendMany(size, (record, number) => {
          record.key = 1;
          if (number === size - 1) throw new Error('on purpose');
        }),
      ).toThrow('on purpose');
    } else if (kind === 'set' && model.length > 0) {
      model[index] = entry(++this.key);
      file.set(index, model[index]);
    } else if (kind === 'cursor' && model.length > 0) {
      const cursor = file.cursor({ from: index, to: index + size });
      while (cursor.next()) {
        model[cursor.index] = entry(++this.key);
        Object.assign(cursor.record, model[cursor.index]);
      }
    } else if (kind.startsWith('truncate')) {
      model.length = index;
      if (kind === 'truncate') await this.#maybe(file.truncate(index), wait);
      else file.truncateSync(index);
    } else if (kind === 'flush') await this.#maybe(file.flush(), wait);
    else if (kind === 'flush blocking') file.flushSync();
    else if (kind === 'reserve') {
      file.reserve(at);
      expect(file.capacity).toBeGreaterThanOrEqual(at);
    } else if (kind === 'reopen') {
      if (wait) await file.close();
      else file.closeSync();
      // Windows keeps the file open until a flush under way in another thread is done.
      if (process.platform === 'win32') await Promise.all(this.#started);
      this.file = RecordFile.open(this.path, Entry, { mode: 'readwrite', share: 'read' });
    } else if (kind === 'vanish') await this.#vanish();
    this.check();
  }

  check(): void {
    expect(this.file.count).toBe(this.model.length);
    expect([...this.file]).toEqual(this.model);
    expect(Array.from(this.file.records(), ({ key }) => key)).toEqual(this.model.map(({ key }) => key));
  }

  async end(): Promise<void> {
    await Promise.all(this.#started);
    await this.file.close();
    this.file = RecordFile.open(this.path, Entry) as RecordFile<Entry>;
    this.check();
    this.file.closeSync();
    fs.rmSync(this.path);
  }

  /** The process is gone after a flush: what is in the file then, under another name, is all of it. */
  async #vanish(): Promise<void> {
    await this.file.flush();
    await Promise.all(this.#started);
    const copy = `${this.path}-copy`;
    fs.writeFileSync(copy, fs.readFileSync(this.path));
    const opened = RecordFile.open(copy, Entry);
    expect([...opened]).toEqual(this.model);
    opened.closeSync();
    fs.rmSync(copy);
  }

  async #maybe(promise: Promise<void>, wait: boolean): Promise<void> {
    this.#started.push(promise);
    if (wait) await promise;
  }
}

describe('any sequence of calls', () => {
  const name = tempFiles();

  it('leaves what an array says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const run = new Run(name('model'));
        for (const each of steps) await run.step(each);
        await run.end();
      }),
      runs(120),
    );
  });
});
