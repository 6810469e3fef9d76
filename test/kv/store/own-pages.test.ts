/** Pages of large values that a transaction writes and does not need: none is lost, and none is taken that can be spared. */
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import { PerdureError } from '../../../src/os/errors.js';
import { tempFiles } from '../../support/temp-folder.js';
import { MemoryGround } from './ground.js';
import { coded, openMemory } from './open-memory.js';

const VALUE_BYTES = 100_000;
const path = tempFiles();

function openFile() {
  const pager = FilePager.open(path('own-pages'));
  const store = new Store(pager, pager.path, wantedTable({ keys: 'string', values: 'bytes' }), 'deferred', 1);
  return { pager, store: store as Store<string, Uint8Array> };
}

const bytesOf = (round: number) => new Uint8Array(VALUE_BYTES + round).fill(round);

describe('a large value that is replaced again and again in one transaction', () => {
  it('takes the pages of two', () => {
    const { pager, store } = openFile();
    store.transaction(() => {
      for (let round = 0; round < 50; round++) store.set('a', bytesOf(round));
    });
    expect(pager.slot.pageCount * 4096).toBeLessThan(4 * VALUE_BYTES);
    expect(Buffer.compare(store.get('a')!, bytesOf(49))).toBe(0);
    store.check();
    store.close();
  });

  it('is as it was where a nested transaction that replaced it failed', () => {
    const { pager, store } = openFile();
    store.transaction(() => {
      store.set('a', bytesOf(0));
      for (let round = 1; round < 30; round++) {
        const fail = () => {
          store.set('a', bytesOf(round));
          store.set('a', bytesOf(100 + round));
          store.set('b', bytesOf(200 + round));
          store.delete('b');
          throw new Error('given up');
        };
        expect(() => store.transaction(fail)).toThrow('given up');
        expect(Buffer.compare(store.get('a')!, bytesOf(0))).toBe(0);
      }
      store.transaction(() => store.set('a', bytesOf(50)));
      store.set('a', bytesOf(51));
    });
    expect(Buffer.compare(store.get('a')!, bytesOf(51))).toBe(0);
    expect(pager.slot.pageCount * 4096).toBeLessThan(8 * VALUE_BYTES);
    store.check();
    store.close();
  });
});

it('a large value with a version whose pages cannot be written gives them back', () => {
  const ground = new MemoryGround(4096);
  const { store, pager } = openMemory({ values: 'bytes', versions: true, pager: ground.open() });
  store.set('before', bytesOf(0));
  const { writeRun } = pager.pages;
  store.transaction(() => {
    let calls = 0;
    pager.pages.writeRun = (...args) => {
      if (++calls === 2) throw new PerdureError('IO_ERROR', 'the disk failed');
      writeRun.apply(pager.pages, args);
    };
    expect(() => store.set('a', bytesOf(1))).toThrow(coded('IO_ERROR'));
    pager.pages.writeRun = writeRun;
    store.set('small', new Uint8Array(5));
  });
  expect([...store.keys()]).toEqual(['before', 'small']);
  ground.checkPages();
});
