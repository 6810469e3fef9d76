/**
 * A store's file and what it should hold, side by side: one table, the contents of each commit that somebody reads, and the
 * contents of the newest one.
 */
import * as fs from 'node:fs';
import { expect } from 'vitest';
import { checkStore, type StoreReport } from '../../../src/kv/file/accounting.js';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import type { FilePagerInternals, FilePagerOptions } from '../../../src/kv/file/options.js';
import type { PinnedCommit } from '../../../src/kv/pager.js';
import { FILE_SHARE_READ, FILE_SHARE_WRITE } from '../../../src/os/constants.js';
import { nativeOs } from '../../../src/os/native.js';
import type { Os } from '../../../src/os/os.js';
import { contentsOf, OneTable } from './one-table.js';

export type Contents = ReadonlyMap<string, Buffer>;

/** `found` is in the order of keys, `expected` in any. */
export function expectContents(found: Contents, expected: Contents): void {
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  const keys = [...expected.keys()].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  expect([...found.keys()]).toEqual(keys);
  for (const [text, value] of expected) {
    if (!found.get(text)!.equals(value)) expect(found.get(text), text).toEqual(value);
  }
}

/** Lets others open the file of a store, which is a process's own: to see what its death would leave. */
function shared(os: Os): Os {
  return new Proxy(os, {
    get: (target, name) => {
      const value = Reflect.get(target, name, target);
      if (name === 'createFile') {
        return (...[path, access, , security, ...rest]: Parameters<Os['createFile']>) =>
          target.createFile(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, security, ...rest);
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

export class StoreModel {
  pager: FilePager;
  /** What the newest commit holds. */
  committed: Contents;
  /** What the transaction that is open holds. */
  expected = new Map<string, Buffer>();
  isOpen = false;
  readonly pinned: { pin: PinnedCommit; contents: Contents }[] = [];
  readonly internals: FilePagerInternals;
  #table: OneTable;

  constructor(
    readonly path: string,
    readonly options: FilePagerOptions = {},
    internals: FilePagerInternals = {},
  ) {
    this.internals = { ...internals, os: shared(internals.os ?? nativeOs()) };
    this.pager = FilePager.open(path, options, this.internals);
    this.#table = new OneTable(this.pager);
    this.committed = contentsOf(this.pager, this.pager.newest.tables);
  }

  /** Begins a transaction where there is none. */
  begin(): void {
    if (this.isOpen) return;
    this.#table.begin();
    this.expected = new Map(this.committed);
    this.isOpen = true;
  }

  put(text: string, value: Buffer): void {
    this.begin();
    expect(this.#table.put(text, value)).toBe(!this.expected.has(text));
    this.expected.set(text, value);
  }

  delete(text: string): void {
    this.begin();
    expect(this.#table.delete(text)).toBe(this.expected.delete(text));
  }

  /** Commits; where that throws the transaction is still open. */
  commit(): void {
    this.begin();
    this.#table.commit();
    this.committed = this.expected;
    this.isOpen = false;
  }

  abort(): void {
    if (!this.isOpen) return;
    this.#table.abort();
    this.isOpen = false;
  }

  pin(): void {
    this.pinned.push({ pin: this.pager.pin(), contents: this.committed });
  }

  unpin(index: number): void {
    const [found] = this.pinned.splice(index, 1);
    found?.pin.release();
    found?.pin.release();
  }

  /** Closes the store and opens it again. */
  reopen(options = this.options): void {
    this.pager.close();
    this.pager.close();
    this.#goOn(options);
  }

  /** As if the process had died, with the page cache intact: goes on with what is in the file now, and returns what that holds. */
  die(): Contents {
    const left = `${this.path}-left`;
    fs.copyFileSync(this.path, left);
    this.pager.close();
    fs.renameSync(left, this.path);
    this.#goOn(this.options);
    return this.committed;
  }

  /** Everything agrees: contents of the newest commit and of all that are pinned, and every page is accounted for. */
  check(): StoreReport {
    expectContents(contentsOf(this.pager, this.pager.newest.tables), this.committed);
    for (const { pin, contents } of this.pinned) expectContents(contentsOf(this.pager, pin.tables), contents);
    return checkStore(this.pager.pages, this.pager.slot);
  }

  close(): void {
    this.pager.close();
  }

  #goOn(options: FilePagerOptions): void {
    this.pinned.length = 0;
    this.isOpen = false;
    this.pager = FilePager.open(this.path, options, this.internals);
    this.#table = new OneTable(this.pager);
    this.committed = contentsOf(this.pager, this.pager.newest.tables);
  }
}
