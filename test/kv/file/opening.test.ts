/**
 * Opening: what a store's file is and what it is not, who may have it open, how it grows, and what protects it.
 */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pageSum } from '../../../src/kv/admission.js';
import { headsOf } from '../../../src/kv/cell.js';
import { TreeCheck } from '../../../src/kv/check.js';
import { checkStore } from '../../../src/kv/file/accounting.js';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import type { FilePagerOptions } from '../../../src/kv/file/options.js';
import { BRANCH_ARRAYS } from '../../../src/kv/format.js';
import { KeyBuffer } from '../../../src/kv/key-buffer.js';
import { PageMemory } from '../../../src/kv/page-memory.js';
import { Tree } from '../../../src/kv/tree.js';
import { decodeTreeRecord, encodeTreeRecord } from '../../../src/kv/tree-record.js';
import { nativeOs } from '../../../src/os/native.js';
import { osWith } from '../../support/failing-os.js';
import { failure } from '../../support/failure.js';
import { random, randomBytes, SEED } from '../../support/seed.js';
import { tempFiles, tempFolder } from '../../support/temp-folder.js';
import { TreeModel } from '../model.js';
import { contentsOf, tableOf } from './one-table.js';
import { expectContents, StoreModel } from './store-model.js';

const path = tempFiles();

function filled(name: string, options: FilePagerOptions = {}, records = 200): StoreModel {
  const model = new StoreModel(path(name), options);
  for (let index = 0; index < records; index++) model.put(`key ${index}`, Buffer.alloc(200, index));
  model.commit();
  return model;
}

describe('a file', () => {
  it('is created where there is none, unless there must be one', () => {
    const file = path('new');
    failure(() => FilePager.open(file, { create: 'never' }), 'NOT_FOUND');
    failure(() => FilePager.open(file, { readonly: true }), 'NOT_FOUND');
    FilePager.open(file, { create: 'new' }).close();
    failure(() => FilePager.open(file, { create: 'new' }), 'ALREADY_EXISTS');
    const pager = FilePager.open(file);
    expect(pager.newest).toMatchObject({ sequence: 1, tables: { listed: [], tree: { page: 0 } } });
    expect(checkStore(pager.pages, pager.slot).usedPages).toBe(0);
    pager.close();
  });

  it.each([4096, 8192, 16_384, 32_768, 65_536])('has pages of %i bytes from its creation on', (pageBytes) => {
    const model = filled(`pages of ${pageBytes}`, { pageBytes });
    model.reopen({ pageBytes: 4096 });
    expect(model.pager.pages.pageBytes).toBe(pageBytes);
    model.check();
    model.close();
  });

  it.each([
    [{ pageBytes: 5000 }, 'pageBytes'],
    [{ pageBytes: 2048 }, 'pageBytes'],
    [{ writeMap: 1 }, 'writeMap'],
    [{ create: 'always' }, 'create'],
    [{ readonly: true, writeMap: true }, 'reading'],
    [{ pagesize: 4096 }, 'pagesize'],
  ])('is not opened with %o', (options, word) => {
    expect(failure(() => FilePager.open(path(), options as never), 'INVALID_ARGUMENT').message).toContain(
      word,
    );
  });

  it('that is no store is refused, and left as it is', () => {
    const next = random(SEED);
    const foreign = [
      Buffer.from('hello'),
      randomBytes(100_000),
      Buffer.alloc(300_000),
      Buffer.alloc(4096, 1),
    ];
    for (let index = 0; index < 20; index++) foreign.push(randomBytes(1 + next(20_000), index));
    for (const bytes of foreign) {
      const file = path('foreign');
      fs.writeFileSync(file, bytes);
      failure(() => FilePager.open(file), 'CORRUPT');
      expect(fs.readFileSync(file).equals(bytes)).toBe(true);
    }
  });

  it('that was being created when the power failed is created anew', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(4096), Buffer.alloc(131_072)]) {
      const file = path('blank');
      fs.writeFileSync(file, bytes);
      failure(() => FilePager.open(file, { create: 'never' }), 'CORRUPT');
      const model = new StoreModel(file, { pageBytes: 8192 });
      model.put('key', Buffer.from('value'));
      model.commit();
      model.reopen();
      model.check();
      model.close();
    }
  });

  it('that was cut short is refused or read as it was, never wrong', () => {
    const model = filled('short');
    model.close();
    const whole = fs.readFileSync(model.path);
    for (let length = whole.length - 1; length >= 0; length = Math.floor(length * 0.9) - 1) {
      fs.writeFileSync(model.path, whole.subarray(0, length));
      if (length === 0) continue;
      expect(failure(() => FilePager.open(model.path), 'CORRUPT').message).toContain(model.path);
    }
  });

  it('of a later release is refused, also where one slot is of this one', () => {
    const model = filled('later');
    model.close();
    const bytes = fs.readFileSync(model.path);
    for (const slot of [0, 1, 2]) {
      const later = Buffer.from(bytes);
      const at = slot * 4096;
      later[at + 8] = 2;
      later.writeUInt32LE(crc32(later.subarray(at, at + 508)), at + 508);
      fs.writeFileSync(model.path, later);
      failure(() => FilePager.open(model.path), 'VERSION_UNSUPPORTED');
    }
  });

  it('of which one slot is torn within its sector, the version too, is read by the other', () => {
    const model = filled('torn version');
    const { committed } = model;
    model.close();
    const bytes = fs.readFileSync(model.path);
    for (const slot of [0, 1, 2]) {
      for (const kept of [8, 9, 10, 11, 12]) {
        const torn = Buffer.from(bytes);
        torn.fill(0, slot * 4096 + kept, slot * 4096 + 512);
        fs.writeFileSync(model.path, torn);
        const pager = FilePager.open(model.path, { readonly: true });
        expectContents(contentsOf(pager, pager.newest.tables), committed);
        pager.close();
      }
    }
  });

  it('is of one writing process, or of any that read', () => {
    const model = filled('shared');
    const { committed } = model;
    model.close();
    const writer = FilePager.open(model.path);
    failure(() => FilePager.open(model.path), 'SHARING_VIOLATION');
    failure(() => FilePager.open(model.path, { readonly: true }), 'SHARING_VIOLATION');
    writer.close();
    const readers = [1, 2].map(() => FilePager.open(model.path, { readonly: true }));
    failure(() => FilePager.open(model.path), 'SHARING_VIOLATION');
    for (const reader of readers) {
      expectContents(contentsOf(reader, reader.newest.tables), committed);
      failure(() => reader.begin(), 'READ_ONLY');
      reader.flushSync();
      reader.close();
    }
    FilePager.open(model.path).close();
  });

  it('is let go when it is closed, and every call says so', () => {
    const model = filled('closed');
    const pin = model.pager.pin();
    model.pager.begin();
    failure(() => model.pager.begin(), 'ACCESS_DENIED');
    model.close();
    failure(() => model.pager.begin(), 'CLOSED');
    failure(() => model.pager.pin(), 'CLOSED');
    failure(() => model.pager.flushSync(), 'CLOSED');
    failure(() => model.pager.commit(model.pager.newest.tables), 'CLOSED');
    pin.release();
    fs.rmSync(model.path);
    expect(fs.existsSync(model.path)).toBe(false);
  });
});

describe('what is shown to the engine of a large file', () => {
  const memoryBytes = 2 ** 17;
  const buffersOf = (pager: FilePager) =>
    new Set(pager.pages.memories.map(({ u8 }) => u8.buffer).filter(({ byteLength }) => byteLength > 0));

  function large(name: string): { path: string; keys: string[] } {
    const model = new StoreModel(path(name), {}, { memoryBytes });
    const keys = Array.from({ length: 8000 }, (_, index) => `key ${(index * 7919) % 8000}`);
    for (const key of keys) model.put(key, Buffer.from(key.repeat(100)));
    model.commit();
    model.close();
    return { path: model.path, keys };
  }

  it('is little when it is opened and a record is read', () => {
    const { path, keys } = large('one-record');
    const pager = FilePager.open(path, { readonly: true }, { memoryBytes });
    const tree = new Tree(pager.pages, tableOf(pager.pages, pager.newest.tables));
    expect(tree.find(new KeyBuffer().set(Buffer.from(keys[0]!, 'latin1')))).toBe(true);
    const shown = [...buffersOf(pager)].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(shown).toBeGreaterThan(0);
    expect(shown).toBeLessThanOrEqual((tree.level + 2) * memoryBytes);
    expect(pager.fileBytes).toBeGreaterThan(10 * shown);
    pager.close();
  });

  it('comes in pieces that grow with what was shown before', () => {
    const { path } = large('all-records');
    const pager = FilePager.open(path, { readonly: true }, { memoryBytes });
    expect(contentsOf(pager, pager.newest.tables).size).toBe(8000);
    const made = pager.pages.memories.filter(({ u8 }) => u8.length > 0);
    expect(made.length).toBeGreaterThan(40);
    expect(buffersOf(pager).size).toBeLessThan(made.length / 3);
    pager.close();
  });
});

describe('growth', () => {
  it.each([false, true])(
    'takes few percent more than is needed, and gives it back at the end (writeMap %s)',
    (writeMap) => {
      const model = new StoreModel(path('growing'), { writeMap });
      let mapped = 0;
      for (let round = 0; round < 60; round++) {
        for (let index = 0; index < 150; index++)
          model.put(`key ${round} ${index}`, Buffer.alloc(1200, round));
        model.commit();
        const needed = model.pager.slot.pageCount * 4096;
        expect(model.pager.fileBytes).toBeLessThanOrEqual(Math.max(2 * needed + 65_536, 65_536));
        expect(model.pager.fileBytes - needed).toBeLessThanOrEqual(Math.max(2 ** 20 + 65_536, needed / 16));
        expect(fs.statSync(model.path).size).toBe(model.pager.fileBytes);
        mapped = Math.max(mapped, model.pager.fileBytes);
      }
      model.check();
      model.close();
      expect(fs.statSync(model.path).size).toBe(model.pager.slot.pageCount * 4096);
      expect(fs.statSync(model.path).size).toBeLessThan(mapped);
    },
  );

  it('unmaps what it outgrew when nobody reads it any more', () => {
    let views = 0;
    const os = osWith({
      mapViewOfFile: (...args) => {
        views++;
        return nativeOs().mapViewOfFile(...args);
      },
      unmapViewOfFile: (view) => {
        views--;
        nativeOs().unmapViewOfFile(view);
      },
    });
    const model = new StoreModel(path('outgrown'), {}, { os, memoryBytes: 2 ** 30 });
    const grow = (round: number) => {
      for (let index = 0; index < 300; index++) model.put(`key ${round} ${index}`, Buffer.alloc(1200, round));
      model.commit();
    };
    for (let round = 0; round < 10; round++) grow(round);
    expect(views).toBeLessThanOrEqual(2);
    model.pin();
    const bytes = model.pager.pages.memories[0]!.u8;
    for (let round = 10; round < 20; round++) grow(round);
    expect(views).toBeGreaterThan(3);
    expect(bytes.length).toBeGreaterThan(0);
    model.unpin(0);
    expect(views).toBe(1);
    expect(bytes.length).toBe(0);
    model.close();
    expect(views).toBe(0);
  });

  it('detaches what shows the end of a memory, and no more, when that has grown', () => {
    const memoryBytes = 2 ** 21;
    const model = new StoreModel(path('longer'), {}, { memoryBytes });
    const grow = (round: number) => {
      for (let index = 0; index < 100; index++) model.put(`key ${round} ${index}`, Buffer.alloc(1200, round));
      model.commit();
    };
    const { memories } = model.pager.pages;
    let last = memories[0]!.u8;
    let round = 0;
    // Until the file ends within a memory that is in use.
    for (; memories.length < 4 || last.length === 0 || last.length === memoryBytes; round++) {
      grow(round);
      last = memories.at(-1)!.u8;
    }
    const first = memories[0]!.u8;
    model.pin();
    for (const end = round + 30; round < end; round++) grow(round);
    expect(last.length).toBeGreaterThan(0);
    model.unpin(0);
    expect(last.length).toBe(0);
    expect(first.length).toBe(memoryBytes);
    model.check();
    model.close();
    expect(first.length).toBe(0);
  });

  it('values that cross from one memory into the next are whole', () => {
    const model = new StoreModel(path('crossing'), {}, { memoryBytes: 2 ** 18 });
    for (let round = 0; round < 12; round++) model.put(`key ${round}`, randomBytes(150_000 + round, round));
    model.commit();
    model.check();
    for (let round = 0; round < 12; round += 2) model.put(`key ${round}`, randomBytes(170_000, round + 100));
    model.commit();
    model.pager.flushSync();
    model.check();
    for (let round = 1; round < 12; round += 2) model.put(`key ${round}`, randomBytes(160_000, round + 200));
    model.commit();
    model.check();
    model.reopen();
    model.check();
    model.close();
  });
});

describe.skipIf(process.platform !== 'linux')('a store by mistake into what was read', () => {
  it('kills nobody, and never reaches the file, whatever is copied from there', () => {
    const model = filled('stray');
    const { committed } = model;
    const next = random(SEED);
    let told = 0;
    for (let round = 0; round < 30; round++) {
      const { u8 } = model.pager.pages.memories[0]!;
      for (let index = 0; index < 20; index++) {
        const at = 12_288 + next(u8.length - 12_288);
        u8[at] ^= 0xff;
      }
      for (let isDone = false; !isDone; ) {
        try {
          for (let index = 0; index < 5; index++) model.put(`key ${next(200)}`, Buffer.alloc(200, round));
          model.commit();
          isDone = true;
        } catch (error) {
          expect(error).toMatchObject({ code: 'CORRUPT' });
          told++;
          model.abort();
        }
      }
      model.pager.flushSync();
    }
    expect(told).toBeGreaterThan(5);
    expect(told).toBeLessThan(100);
    expect(model.committed.size).toBe(committed.size);
    const expected = model.committed;
    model.reopen();
    expectContents(contentsOf(model.pager, model.pager.newest.tables), expected);
    model.check();
    model.close();
  });
});

describe.skipIf(process.platform !== 'linux')(
  'a page that somebody stored into before the first transaction',
  () => {
    it('is written again as it is in the file', () => {
      const model = filled('rewritten');
      const expected = model.committed;
      model.die();
      expect(model.pager.verifiedAtOpening).toBeGreaterThan(5);
      model.pager.pages.memories[0]!.u8.fill(0xaa, 12_288);
      model.pager.flushSync();
      model.reopen();
      expectContents(contentsOf(model.pager, model.pager.newest.tables), expected);
      model.check();
      model.close();
    });
  },
);

describe.skipIf(process.platform !== 'linux')('a page that somebody stored into', () => {
  it('shows what is written to it later', () => {
    const model = filled('private');
    for (let round = 0; round < 10; round++) {
      const { pages, slot } = model.pager;
      const used = new Set([0, 1, 2, ...checkStore(pages, slot).tables.get('main')!.pages]);
      for (const root of [slot.tables.tree, slot.freePages])
        for (const page of new TreeCheck(new Tree(pages, root)).run().pages) used.add(page);
      // Pages that are free, and will be written: what is read must be what was written.
      const { u8 } = pages.memories[0]!;
      for (let at = 0; at < u8.length; at += 100) if (!used.has(Math.floor(at / 4096))) u8[at] ^= 0xff;
      for (let index = 0; index < 200; index++) model.put(`key ${index}`, Buffer.alloc(200, round + index));
      model.commit();
      model.pager.flushSync();
      expectContents(contentsOf(model.pager, model.pager.newest.tables), model.committed);
    }
    model.close();
  });
});

describe('a checksum', () => {
  /** Four bytes of a page chosen so that its CRC-32 is 0. */
  function pageWithSumZero(): PageMemory {
    const memory = new PageMemory(new ArrayBuffer(4096));
    memory.u8.set(randomBytes(4092));
    // CRC-32 is linear: the last four bytes that cancel what the others make of it are that very register, not inverted.
    const table = Array.from({ length: 256 }, (_, byte) => {
      let value = byte;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
      return value >>> 0;
    });
    let register = 0xffffffff;
    for (const byte of memory.u8.subarray(0, 4092))
      register = (register >>> 8) ^ table[(register ^ byte) & 0xff]!;
    // After the last four bytes the register must be 0xffffffff. Backwards through the table:
    let wanted = 0xffffffff;
    const used: number[] = [];
    for (let index = 0; index < 4; index++) {
      const entry = table.findIndex((value) => value >>> 24 === wanted >>> 24);
      used.unshift(entry);
      wanted = ((wanted ^ table[entry]!) << 8) >>> 0;
    }
    for (const [index, entry] of used.entries()) {
      memory.u8[4092 + index] = (entry ^ register) & 0xff;
      register = (register >>> 8) ^ table[entry]!;
    }
    return memory;
  }

  it('is never 0, which stands for a page that nobody has verified', () => {
    const memory = pageWithSumZero();
    expect(pageSum(memory, 0, 4096)).toBe(1);
  });

  it('of 0 is refused wherever a page is pointed to', () => {
    const bytes = Buffer.alloc(24);
    encodeTreeRecord({ page: 9, sum: 0, level: 0, count: 1, isRecent: false }, bytes, 0);
    expect(decodeTreeRecord(bytes, 0)).toContain('checksum');
    const model = new TreeModel(4096);
    for (const text of ['same:a', 'same:b', 'same:c']) model.put(text, Buffer.alloc(1500, text));
    model.commit();
    const { memory, at } = model.store.place(model.root.page);
    // Two children: heads behind a prefix of 5 bytes, then the children's numbers, then their checksums.
    const sums = headsOf(memory, at) + BRANCH_ARRAYS.sums * 2;
    expect(memory.u32[sums >> 2]).not.toBe(0);
    memory.u32[sums >> 2] = 0;
    model.store.verified.fill(0);
    const root = { ...model.root, sum: pageSum(memory, at, 4096) };
    const error = failure(() => new TreeCheck(new Tree(model.store, root)).run(), 'CORRUPT');
    expect(error.message).toContain('child 0 has no checksum');
  });
});

it('leaves nothing behind but the file', () => {
  const folder = tempFolder();
  const model = new StoreModel(`${folder}/store`);
  model.put('key', Buffer.from('value'));
  model.commit();
  model.close();
  expect(fs.readdirSync(folder)).toEqual(['store']);
});
