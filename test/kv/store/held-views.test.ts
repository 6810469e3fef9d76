/**
 * What `getBytes` gives is there to the end of the turn, as long as nothing is changed: however many values are read, and
 * whatever else is done that changes nothing.
 */
import { describe, expect, it } from 'vitest';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { Store } from '../../../src/kv/store/store.js';
import { wantedTable } from '../../../src/kv/store/table-format.js';
import { tempFiles } from '../../support/temp-folder.js';

const path = tempFiles();
const VALUES = 60;
/** More than a memory holds: each value has a view of its own. */
const VALUE_BYTES = 150_000;

function storeOfLargeValues(): Store<string, Uint8Array> {
  const file = path();
  const pager = FilePager.open(file, {}, { memoryBytes: 2 ** 17 });
  const format = wantedTable({ keys: 'string', values: 'bytes' });
  const store = new Store<string, Uint8Array>(pager, file, format, 'deferred', 100_000);
  for (let each = 0; each < VALUES; each++) store.set(`key ${each}`, Buffer.alloc(VALUE_BYTES, each));
  return store;
}

const ACTS: [what: string, act: (store: Store<string, Uint8Array>) => void][] = [
  ['a snapshot is closed', (store) => store.snapshot().close()],
  [
    'an iteration ends',
    (store) => {
      for (const _ of store.keys({ limit: 2 }));
    },
  ],
  ['a transaction only reads', (store) => store.transaction(() => store.get('nothing'))],
  ['a change is refused', (store) => store.set('key 0', Buffer.alloc(1), { ifAbsent: true })],
];

describe('views of values stay whole where', () => {
  it.each(ACTS)('%s', async (_what, act) => {
    using store = storeOfLargeValues();
    const views = Array.from({ length: VALUES }, (_, each) => store.getBytes(`key ${each}`)!);
    act(store);
    for (const [each, view] of views.entries()) {
      expect(view.length).toBe(VALUE_BYTES);
      expect([view[0], view[VALUE_BYTES - 1]]).toEqual([each, each]);
    }
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    store.snapshot().close();
    expect(views.filter((view) => view.length === 0).length).toBeGreaterThan(0);
  });
});
