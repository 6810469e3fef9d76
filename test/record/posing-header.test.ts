/**
 * Records that look like a header.
 *
 * The bug: where slot 0 was damaged, slot 1 was sought at every power of two up to 1 MiB, and of all that looked like a
 * slot the highest sequence won. A first record whose bytes are a slot of 8192 bytes lies at 8192, says that it
 * is one of that length, and with sequence 999 it took the place of the file's own header: other records, another schema.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { encodeSlot } from '../../src/record/format.js';
import { bytes, defineRecord, RecordFile, u32 } from '../../src/record/index.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const Blob = defineRecord({ data: bytes(8192) });
const Other = defineRecord({ secret: u32 });
const SLOT = 4096;

describe('a record that holds a header slot', () => {
  const name = tempFiles();
  const posing = encodeSlot({
    slotSize: 2 * SLOT,
    sequence: 999n,
    count: 1,
    recordSize: Other.recordSize,
    schemaText: Other.toString(),
  });
  const damaged = (damage: (data: Buffer) => void) => {
    const path = name('posing');
    const file = RecordFile.create(path, Blob);
    file.append({ data: posing });
    file.append({ data: new Uint8Array(8192) });
    file.closeSync();
    const data = fs.readFileSync(path);
    expect(data.subarray(2 * SLOT, 4 * SLOT).equals(posing)).toBe(true);
    damage(data);
    fs.writeFileSync(path, data);
    return path;
  };

  it('is not taken for slot 1 where slot 0 is damaged', () => {
    const file = RecordFile.open(damaged((data) => data.fill(0xff, 0, 100)));
    expect(file.schema.toString()).toBe(Blob.toString());
    expect(file.count).toBe(2);
    file.closeSync();
  });

  it('is not taken for it where slot 1 is damaged too, but begins as a slot', () => {
    const path = damaged((data) => {
      data.fill(0xff, 0, 100);
      data[SLOT + 24]! ^= 1;
    });
    expect(failure(() => RecordFile.open(path), 'CORRUPT').message).toContain('checksum');
  });
});
