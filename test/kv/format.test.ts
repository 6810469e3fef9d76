/**
 * The format, held by golden bytes: what is written here was taken from format.ts and root-slot.ts by hand, not from the code.
 */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRootSlot, encodeRootSlot, isProblem, type RootSlot } from '../../src/kv/root-slot.js';
import { decodeTableRecord, encodeTableRecord } from '../../src/kv/table-record.js';
import { TreeModel } from './model.js';

function hex(...parts: string[]): string {
  return parts.join('').replaceAll(' ', '');
}

function page(model: TreeModel, number: number): Buffer {
  const { memory, at } = model.store.place(number);
  return Buffer.from(memory.u8.subarray(at, at + model.store.pageBytes));
}

describe('a leaf', () => {
  it('has prefix, heads, slots and entries where the format says', () => {
    const model = new TreeModel(4096);
    model.put('key:b', Buffer.from('second'));
    model.put('key:abcdefg', Buffer.from('first'));
    model.commit();
    const bytes = page(model, model.root.page);
    expect(bytes.subarray(0, 40).toString('hex')).toBe(
      hex(
        '01 00', // a leaf, level 0
        '0200 0200', // two cells, capacity two
        '0400', // a prefix of 4 bytes
        '1200', // 18 bytes of entries
        '0000',
        '03000000', // page 3
        '010000000000', // commit 1
        '0000',
        '6b65793a', // key:
        '64636261', // abcd as a big-endian number, stored little-endian
        '00000062', // b
        'f60f', // 4096 - 10
        'ee0f', // 4096 - 18
      ),
    );
    expect(bytes.subarray(40, 4096 - 18).every((byte) => byte === 0)).toBe(true);
    const [first, second] = ['first', 'second'].map((text) => Buffer.from(text).toString('hex'));
    expect(bytes.subarray(4096 - 18).toString('hex')).toBe(
      hex('02', '06', second, '0e', '656667', '05', first),
    );
    expect(model.root.sum).toBe(crc32(bytes));
  });

  it('holds a large value by a reference to a run of its own', () => {
    const model = new TreeModel(4096);
    const value = Buffer.alloc(5000, 'v');
    model.put('k', value);
    model.commit();
    const bytes = page(model, model.root.page);
    expect(bytes.subarray(4096 - 26).toString('hex')).toBe(
      hex(
        '01', // no bytes behind the prefix; a reference
        '18', // 24 bytes
        '01 00', // a large value
        '010000000000', // commit 1
        '03000000', // page 3
        Buffer.from(new Uint32Array([crc32(value)]).buffer).toString('hex'),
        '88130000 0000', // 5000 bytes
        '00 00',
      ),
    );
    expect(page(model, 3).equals(value.subarray(0, 4096))).toBe(true);
    expect(
      page(model, 4)
        .subarray(5000 - 4096)
        .every((byte) => byte === 0),
    ).toBe(true);
  });
});

describe('a branch', () => {
  it('has children, checksums, counts and separators where the format says', () => {
    const model = new TreeModel(4096);
    // Three records of 1,500 bytes: two fit into a leaf.
    for (const text of ['same:a', 'same:b', 'same:c']) model.put(text, Buffer.alloc(1500, text));
    model.commit();
    const bytes = page(model, model.root.page);
    const [first, second] = [page(model, 3), page(model, 4)];
    expect(bytes.subarray(0, 12).toString('hex')).toBe(hex('02 01', '0200 0200', '0600', '0200', '0000'));
    expect(bytes.subarray(24, 32).toString('hex')).toBe(hex(Buffer.from('same:c').toString('hex'), '0000'));
    expect(bytes.readUInt32LE(32)).toBe(0); // heads: the first key is empty, the second is the prefix
    expect(bytes.readUInt32LE(36)).toBe(0);
    expect([bytes.readUInt32LE(40), bytes.readUInt32LE(44)]).toEqual([3, 4]);
    expect([bytes.readUInt32LE(48), bytes.readUInt32LE(52)]).toEqual([crc32(first), crc32(second)]);
    expect([bytes.readUInt32LE(56), bytes.readUInt32LE(60)]).toEqual([2, 1]);
    expect([bytes.readUInt16LE(64), bytes.readUInt16LE(66)]).toEqual([0x8000, 0x8000]); // both recent
    expect([bytes.readUInt16LE(68), bytes.readUInt16LE(70)]).toEqual([4095, 4094]);
    expect(bytes.subarray(4094).toString('hex')).toBe('0000');
  });

  it('calls only those children recent that are not known to be on the disk', () => {
    const model = new TreeModel(4096);
    for (const text of ['same:a', 'same:b', 'same:c']) model.put(text, Buffer.alloc(1500, text));
    model.commit();
    model.put('same:c', Buffer.alloc(1500, 'd'));
    model.commit();
    const bytes = page(model, model.root.page);
    expect([bytes.readUInt16LE(64), bytes.readUInt16LE(66)]).toEqual([0, 0x8000]);
  });
});

const SLOT: RootSlot = {
  pageBytes: 4096,
  sequence: 7,
  durable: 6,
  pageCount: 100,
  tables: {
    listed: [],
    tree: { page: 9, sum: 0x01020304, count: 2 ** 40, level: 3, isRecent: true },
  },
  freePages: { page: 0, sum: 0, count: 0, level: 0, isRecent: false },
  freeRuns: [
    { first: 20, pages: 2, freed: 0, born: 0 },
    { first: 30, pages: 1, freed: 6, born: 5 },
  ],
  reserve: [
    { first: 50, pages: 3 },
    { first: 60, pages: 1 },
  ],
  storeId: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'),
  isWritable: true,
};

describe('a root slot', () => {
  it('has its parts where the format says', () => {
    const bytes = encodeRootSlot(SLOT);
    expect(bytes.length).toBe(512 + 2 * 20);
    expect(bytes.subarray(0, 112).toString('hex')).toBe(
      hex(
        '8950455244554b56',
        '01000000 00100000',
        '00000000 00000000',
        '0700000000000000 0600000000000000 6400000000000000',
        '09000000 04030201 000000000001 03 01 0000000000000000',
        '00'.repeat(24),
        '000102030405060708090a0b0c0d0e0f',
      ),
    );
    expect(bytes.subarray(112, 128).toString('hex')).toBe(hex('32000000 03000000', '3c000000 01000000'));
    expect(bytes.subarray(128, 240).every((byte) => byte === 0)).toBe(true);
    const lists = bytes.subarray(512);
    expect([bytes.readUInt32LE(240), bytes.readUInt32LE(244), bytes.readUInt32LE(248)]).toEqual([
      40,
      crc32(lists),
      2,
    ]);
    expect(bytes.subarray(252, 508).every((byte) => byte === 0)).toBe(true);
    expect(lists.toString('hex')).toBe(
      hex('14000000 02000000 000000000000 000000000000', '1e000000 01000000 060000000000 050000000000'),
    );
    expect(bytes.readUInt32LE(508)).toBe(crc32(bytes.subarray(0, 508)));
    expect(decodeRootSlot(bytes)).toEqual(SLOT);
  });

  it('lists tables behind the free pages', () => {
    const table = (name: string, page: number) => ({
      name: Buffer.from(name),
      record: {
        tree: { page, sum: 5, count: 1, level: 0, isRecent: true },
        kind: 'plain',
        keyCodec: 1,
        valueCodec: 2,
        lastVersion: 0,
        schemaText: name,
      } as const,
    });
    const listed = [table('', 10), table('b', 11)];
    const slot = { ...SLOT, tables: { listed, tree: SLOT.freePages } };
    const bytes = encodeRootSlot(slot);
    expect(decodeRootSlot(bytes)).toEqual(slot);
    const at = 512 + 40;
    expect(bytes.subarray(at, at + 4).toString('hex')).toBe(hex('0000 2800'));
    expect(bytes.subarray(at + 44, at + 49).toString('hex')).toBe(hex('0100 2900 62'));
    const both = encodeRootSlot({ ...slot, tables: { listed, tree: SLOT.tables.tree } });
    expect(decodeRootSlot(both)).toMatchObject({ message: expect.stringContaining('listed, and in a tree') });
    const wrong = encodeRootSlot({ ...slot, tables: { ...slot.tables, listed: [...listed].reverse() } });
    expect(decodeRootSlot(wrong)).toMatchObject({ message: expect.stringContaining('not in order') });
    expect(decodeRootSlot(bytes.subarray(0, bytes.length - 1))).toMatchObject({ code: 'CORRUPT' });
  });

  it('is refused with any bit flipped', () => {
    const bytes = encodeRootSlot(SLOT);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] ^= 1 << (bit & 7);
      expect(isProblem(decodeRootSlot(damaged))).toBe(true);
    }
  });

  it.each([
    ['a page size that is no power of two', 12, 5000, 'pages are said to have 5000 bytes'],
    ['features that readers must know', 16, 2, 'features'],
    ['no sequence', 24, 0, 'commit 0'],
    ['fewer pages than it has slots', 40, 2, 'said to have 2 pages'],
    ['a root page beyond the store', 48, 100, 'not in the store'],
    ['a slot as a root page', 48, 2, 'page 2'],
    ['free pages beyond the store', 116, 51, 'said to be free'],
    ['a slot among the free pages', 112, 2, 'said to be free'],
    ['a run of no pages', 124, 0, 'said to be free'],
    ['free pages behind the last run', 136, 70, 'said to be free'],
    ['a root page without a checksum', 52, 0, 'checksum'],
    ['reserved bytes that are not zero', 300, 1, 'reserved'],
    ['lists that are longer than a page', 240, 4096 - 512 + 1, 'cut short'],
    ['more runs than its lists hold', 248, 3, 'not in it'],
    ['a slot among the listed runs', 512, 2, 'said to be free'],
    ['listed runs that overlap', 516, 11, 'free twice'],
    ['a run that a later commit freed', 540, 8, 'freed by 8'],
    ['a run that was freed before it was written', 546, 6, 'written by commit 6'],
  ])('is refused with %s, though the checksum is right', (_, offset, value, message) => {
    const bytes = encodeRootSlot(SLOT);
    bytes.writeUInt32LE(value, offset);
    bytes.writeUInt32LE(crc32(bytes.subarray(512)), 244);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 508)), 508);
    expect(decodeRootSlot(bytes)).toMatchObject({ message: expect.stringContaining(message) });
  });
});

describe('the record of a table', () => {
  it('keeps what it was given', () => {
    const table = {
      tree: SLOT.tables.tree,
      kind: 'versioned',
      keyCodec: 2,
      valueCodec: 3,
      lastVersion: 0x0a0b,
      schemaText: '{"id":"u32"}',
    } as const;
    const bytes = encodeTableRecord(table);
    expect(bytes.subarray(24).toString('hex')).toBe(
      hex('02 02 03 00 0b0a00000000 000000000000', Buffer.from(table.schemaText).toString('hex')),
    );
    expect(decodeTableRecord(bytes)).toEqual(table);
    bytes[27] = 1;
    expect(decodeTableRecord(bytes)).toContain('reserved');
  });
});
