/** Record files beyond 4 GiB: several windows, opened at once, read and written at both ends and across windows. */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeSlot } from '../../src/record/format.js';
import { bytes, defineRecord, RecordFile, u64 } from '../../src/record/index.js';
import { tempFiles } from '../support/temp-folder.js';

/** 4,104 bytes: windows of 1 GiB end in the middle of a page. */
const Block = defineRecord({ id: u64, data: bytes(4096) });
const COUNT = 1_200_000;
const LAST = COUNT - 1;

describe('a record file of 4.9 GB', () => {
  const name = tempFiles();
  // Sparse where the file system allows it: the records are holes, which read as zeros.
  const make = (path: string) => {
    RecordFile.create(path, Block, { capacity: 1 }).closeSync();
    fs.truncateSync(path, 8192 + COUNT * Block.recordSize);
    const fd = fs.openSync(path, 'r+');
    const header = {
      slotSize: 4096,
      sequence: 9n,
      count: COUNT - 10,
      recordSize: 4104,
      schemaText: Block.toString(),
    };
    fs.writeSync(fd, encodeSlot(header), 0, 4096, 0);
    fs.closeSync(fd);
    return path;
  };

  it('is opened at once, and reached everywhere', () => {
    const path = make(name('large'));
    const start = performance.now();
    const file = RecordFile.open(path, Block, { mode: 'copy-on-write' });
    expect(performance.now() - start).toBeLessThan(100);
    const data = new Uint8Array(4096).fill(7);
    const perWindow = Math.floor(2 ** 30 / Block.recordSize / 8) * 8;
    const places = [0, perWindow - 1, perWindow, 3 * perWindow, 4 * perWindow - 1, 4 * perWindow, COUNT - 11];
    for (const [index, place] of places.entries()) {
      if (index % 2 === 0) file.set(place, { id: BigInt(place), data });
      else file.cursor().moveTo(place).id = BigInt(place);
    }
    for (const place of places) expect(file.get(place).id).toBe(BigInt(place));
    expect(file.get(places[0]! + 1).data.every((byte) => byte === 0)).toBe(true);
    const cursor = file.cursor({ from: perWindow - 2, to: perWindow + 2 });
    const seen: bigint[] = [];
    while (cursor.next()) seen.push(cursor.record.id);
    expect(seen).toEqual([0n, BigInt(perWindow - 1), BigInt(perWindow), 0n]);
    const added = file.appendMany(10, (record, index) => {
      record.id = BigInt(index);
    });
    expect([added, file.count, file.get(LAST).id]).toEqual([10, COUNT, 9n]);
    file.closeSync();
    fs.rmSync(path);
  });
});
