/** What somebody meets who uses the store in ways that nobody wrote down: each says what is wrong, and loses nothing. */
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { openStore } from '../../../src/kv/store/index.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import { nativeOs } from '../../../src/os/native.js';
import { ERROR_DISK_FULL, win32Error } from '../../../src/os/win32-errors.js';
import { osWith } from '../../support/failing-os.js';
import { tempFiles } from '../../support/temp-folder.js';
import { coded, openMemory } from './open-memory.js';

const path = tempFiles();

describe('a condition', () => {
  it('of the value that was read holds for no record where none was read', () => {
    const { store } = openMemory({ keys: 'string', values: 'string' });
    const read = store.get('a');
    store.set('a', 'theirs');
    expect(store.set('a', 'mine', { ifValue: read })).toBe(false);
    expect(store.delete('a', { ifValue: read })).toBe(false);
    expect(store.get('a')).toBe('theirs');
    expect(store.set('b', 'mine', { ifValue: store.get('b') })).toBe(true);
  });

  it('of a version that is undefined is an error', () => {
    const { store } = openMemory({ keys: 'string', values: 'string', versions: true });
    expect(() => store.set('a', 'b', { ifVersion: undefined })).toThrow(
      coded('INVALID_ARGUMENT', 'ifVersion'),
    );
    expect(() => store.delete('a', { ifVersion: undefined })).toThrow(coded('INVALID_ARGUMENT', 'ifVersion'));
  });
});

it('a snapshot has the tables of its own store, and says so', () => {
  const { store } = openMemory();
  const { store: other } = openMemory();
  using snapshot = store.snapshot();
  for (const wrong of ['name', undefined, other, {}])
    expect(() => snapshot.table(wrong as never)).toThrow(coded('INVALID_ARGUMENT', 'own store'));
  expect(snapshot.table(store.table('t')).size).toBe(0);
});

it('a store that is open already says so in words of a store', () => {
  const file = path();
  using store = openStore(file);
  expect(() => openStore(file)).toThrow(coded('SHARING_VIOLATION', 'it is open already'));
  expect(() => openStore(file, { readonly: true })).toThrow(coded('SHARING_VIOLATION', 'open for writing'));
  expect(store.size).toBe(0);
});

describe('a full disk', () => {
  it.each(['deferred', 'group'] as const)(
    'fails no %s commit while a flush makes room: what the commits before it freed',
    (durability) => {
      const limit = 2 ** 20;
      const os = osWith({
        allocateBlocks: (file, offset, length) => {
          if (Number(offset) + Number(length) > limit) throw win32Error(ERROR_DISK_FULL, 'full', {});
          nativeOs().allocateBlocks(file, offset, length);
        },
      });
      const file = path();
      const pager = FilePager.open(file, {}, { os });
      const format = wantedTable({ keys: 'any', values: 'bytes' });
      const store = new Store<unknown, Uint8Array>(pager, file, format, durability, 100_000);
      for (let round = 0; round < 2000; round++) store.set(round % 100, Buffer.alloc(3000, round));
      expect(store.stats().fileBytes).toBeLessThanOrEqual(limit);
      expect(() => {
        for (let record = 100; record < 1000; record++) store.set(record, Buffer.alloc(3000, 1));
      }).toThrow(coded('DISK_FULL'));
      for (let record = 0; record < 100; record++) store.delete(record);
      store.check();
      store.close();
    },
  );
});
