/**
 * The file format: golden bytes, and files that somebody damaged.
 *
 * Method: every single bit of a header is turned over, every slot is torn at every byte, numbers are replaced by absurd
 * ones under a right checksum, files are cut short. Each opens with records that were committed, or is refused
 * with a code; nothing else may happen.
 */
import * as fs from 'node:fs';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPerdureError } from '../../src/os/index.js';
import { encodeSlot, type Header } from '../../src/record/format.js';
import {
  bytes,
  date,
  defineRecord,
  enumeration,
  RecordFile,
  u8,
  u16,
  u32,
  utf8,
} from '../../src/record/index.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const Point = defineRecord(
  { x: u16, name: utf8(6), when: date, kind: enumeration('a', 'b') },
  { name: 'Point' },
);
const point = (x: number) => ({ x, name: `n${x}`, when: new Date(x), kind: 'b' as const });

const SLOT = 4096;
const hex = (data: Uint8Array) => Buffer.from(data).toString('hex');

/** The bytes of a file with `counts.length` commits: the records are `counts.at(-1)` points. */
function fileBytes(path: string, counts: readonly number[]): Buffer {
  const file = RecordFile.create(path, Point, { capacity: 20 });
  file.flushSync();
  for (const count of counts) {
    if (count < file.count) file.truncateSync(count);
    while (file.count < count) file.append(point(file.count));
    file.flushSync();
  }
  file.closeSync();
  return fs.readFileSync(path);
}

describe('the file format', () => {
  const name = tempFiles();
  const written = (data: Uint8Array): string => {
    const path = name('damaged');
    fs.writeFileSync(path, data);
    return path;
  };

  /** Opens damaged bytes in every way; returns the count, or the code of the refusal. */
  const attempt = (data: Uint8Array): number | string => {
    const path = written(data);
    const results = [undefined, Point].flatMap((schema) =>
      (['readonly', 'readwrite', 'copy-on-write'] as const).map((mode) => {
        let file: RecordFile;
        try {
          file = RecordFile.open(path, schema, { mode });
        } catch (error) {
          if (!isPerdureError(error)) throw error;
          return error.code;
        }
        for (let index = 0; index < Math.min(file.count, 20); index++) file.get(index);
        const { count } = file;
        file.closeSync();
        return count;
      }),
    );
    fs.rmSync(path);
    expect(new Set(results).size, `${results}`).toBe(1);
    return results[0]!;
  };

  /** As `attempt`, for one mode; what lies in the records is read, and may be refused as CORRUPT. */
  const attemptReading = (data: Uint8Array): number | string => {
    const path = written(data);
    try {
      const file = RecordFile.open(path);
      try {
        for (let index = 0; index < file.count; index++) file.get(index);
        return file.count;
      } finally {
        file.closeSync();
      }
    } catch (error) {
      if (!isPerdureError(error)) throw error;
      return error.code;
    } finally {
      fs.rmSync(path);
    }
  };

  it('is this, byte for byte', () => {
    const data = fileBytes(name('golden'), [1]);
    const text =
      '{"name":"Point","fields":[{"name":"x","type":"u16"},{"name":"name","type":{"utf8":6}},{"name":"when","type":"date"},' +
      '{"name":"kind","type":{"enumeration":["a","b"]}}]}';
    const fixed = (sequence: string, count: string, crc: string) =>
      [
        '8950455244555245', // magic
        '01000000', // version
        '00100000', // slot size
        sequence,
        count,
        '18000000', // record size
        Buffer.from([text.length & 255, text.length >> 8, 0, 0]).toString('hex'),
        '0020000000000000', // first record
        '00'.repeat(12),
        crc,
      ].join('');
    expect(hex(data.subarray(0, 64))).toBe(
      fixed('0100000000000000', '0000000000000000', '__0__').replace('__0__', hex(data.subarray(60, 64))),
    );
    expect(hex(data.subarray(SLOT, SLOT + 64))).toBe(
      fixed('0200000000000000', '0100000000000000', '__1__').replace(
        '__1__',
        hex(data.subarray(SLOT + 60, SLOT + 64)),
      ),
    );
    for (const slot of [0, SLOT]) {
      expect(data.toString('utf8', slot + 64, slot + 64 + text.length)).toBe(text);
      expect(data.subarray(slot + 64 + text.length, slot + SLOT).every((byte) => byte === 0)).toBe(true);
      const covered = Buffer.from(data.subarray(slot, slot + 64 + text.length));
      covered.fill(0, 60, 64);
      expect(data.readUInt32LE(slot + 60)).toBe(crc32(covered));
    }
    // x = 0, "n0", padding, 0 ms, 1 = 'b', padding.
    expect(hex(data.subarray(2 * SLOT, 2 * SLOT + 24))).toBe(
      `0000${'6e3000000000'}${'0000000000000000'}01${'00'.repeat(7)}`,
    );
    expect(data.length).toBe(2 * SLOT + 20 * 24);
  });

  it('stores a record at count × size, its padding zero even where something else lay', () => {
    const Padded = defineRecord({ a: u8, b: u32 });
    const path = name('padding');
    const file = RecordFile.create(path, Padded);
    file.append({ a: 255, b: 0xffffffff });
    file.closeSync();
    const data = fs.readFileSync(path);
    data.fill(0xee, 2 * SLOT + 8, 2 * SLOT + 24);
    fs.writeFileSync(path, data);
    const again = RecordFile.open(path, Padded, { mode: 'readwrite' });
    again.append({ a: 1, b: 2 });
    again.appendMany(1, (record) => {
      record.b = 3;
    });
    again.closeSync();
    expect(hex(fs.readFileSync(path).subarray(2 * SLOT + 8, 2 * SLOT + 24))).toBe(
      '01000000020000000000000003000000',
    );
  });

  it('survives any bit turned over in a header', () => {
    const data = fileBytes(name('bits'), [2, 5]);
    // Sequence 3 with 5 records in slot 0, sequence 2 with 2 records in slot 1.
    const length = 64 + data.readUInt32LE(36);
    const outcomes = (slot: number) => {
      const seen = new Set<number | string>();
      for (let bit = 0; bit < length * 8; bit += bit < 512 ? 1 : 31) {
        const damaged = Buffer.from(data);
        damaged[slot + (bit >> 3)]! ^= 1 << (bit & 7);
        seen.add(attempt(damaged));
      }
      return seen;
    };
    expect(outcomes(0)).toEqual(new Set([2]));
    expect(outcomes(SLOT)).toEqual(new Set([5]));
    const padding = Buffer.from(data);
    padding[SLOT - 1] = 1;
    expect(attempt(padding)).toBe(2);
  });

  it('is refused with a code when both headers are damaged', () => {
    const data = fileBytes(name('both'), [2, 5]);
    for (const offset of [0, 8, 12, 16, 24, 32, 36, 40, 48, 60, 64, 100]) {
      const damaged = Buffer.from(data);
      damaged[offset]! ^= 0x10;
      damaged[SLOT + offset]! ^= 0x10;
      const code = attempt(damaged);
      expect(['CORRUPT', 'NOT_A_RECORD_FILE', 'VERSION_UNSUPPORTED']).toContain(code);
      if (offset === 0) expect(code).toBe('NOT_A_RECORD_FILE');
      if (offset === 8) expect(code).toBe('VERSION_UNSUPPORTED');
    }
  });

  it('opens with the old or the new records when a slot is torn at any byte', () => {
    const path = name('torn');
    const before = fileBytes(path, [2, 5]);
    const file = RecordFile.open(path, Point, { mode: 'readwrite' });
    for (let index = 5; index < 9; index++) file.append(point(index));
    file.closeSync();
    const after = fs.readFileSync(path);
    const length = 64 + after.readUInt32LE(36);
    const counts = new Set<number | string>();
    for (let cut = 0; cut <= length; cut++) {
      // The records are on the disk before the slot, so the rest is as it is after.
      const torn = Buffer.from(after);
      before.copy(torn, SLOT + cut, SLOT + cut, 2 * SLOT);
      counts.add(attemptReading(torn));
      // The other way round: the end of the slot was written, its beginning was not.
      const reversed = Buffer.from(after);
      before.copy(reversed, SLOT, SLOT, SLOT + cut);
      counts.add(attemptReading(reversed));
    }
    expect(counts).toEqual(new Set([5, 9]));
  });

  it('is refused when the numbers make no sense, whatever the checksum says', () => {
    const schemaText = Point.toString();
    const good: Header = { slotSize: SLOT, sequence: 9n, count: 1, recordSize: 24, schemaText };
    const file = (header: Header, change?: (slot: Buffer) => void) => {
      const slot = encodeSlot(header);
      if (change !== undefined) {
        change(slot);
        slot.writeUInt32LE(0, 60);
        const length = Math.min(slot.readUInt32LE(36), slot.length - 64);
        slot.writeUInt32LE(crc32(slot.subarray(0, 64 + length)), 60);
      }
      return Buffer.concat([slot, Buffer.alloc(SLOT), Buffer.alloc(24)]);
    };
    expect(attempt(file(good))).toBe(1);
    const absurd: [string, Buffer][] = [
      ['a count beyond the file', file({ ...good, count: 2 })],
      ['a count of 2^53 - 1', file({ ...good, count: Number.MAX_SAFE_INTEGER })],
      ['a count of 2^64 - 1', file(good, (slot) => slot.writeBigUInt64LE(2n ** 64n - 1n, 24))],
      ['a record size of 0', file({ ...good, recordSize: 0 })],
      ['another record size', file({ ...good, recordSize: 16 })],
      ['a record size of 4 GiB', file({ ...good, recordSize: 2 ** 32 - 1 })],
      ['a schema length of 4 GiB', file(good, (slot) => slot.writeUInt32LE(2 ** 32 - 1, 36))],
      ['a data offset of 0', file(good, (slot) => slot.writeBigUInt64LE(0n, 40))],
      ['a data offset of 2^63', file(good, (slot) => slot.writeBigUInt64LE(2n ** 63n, 40))],
      ['a slot size of 0', file(good, (slot) => slot.writeUInt32LE(0, 12))],
      ['a slot size of 4097', file(good, (slot) => slot.writeUInt32LE(4097, 12))],
      ['a slot size of 2^31', file(good, (slot) => slot.writeUInt32LE(2 ** 31, 12))],
      ['a slot size beyond the file', file(good, (slot) => slot.writeUInt32LE(2 ** 19, 12))],
      ['reserved bytes', file(good, (slot) => slot.writeUInt32LE(1, 52))],
      ['no schema', file({ ...good, schemaText: '' })],
      ['a schema that is no JSON', file({ ...good, schemaText: '{"fields":' })],
      [
        'a schema with an unknown type',
        file({ ...good, schemaText: '{"fields":[{"name":"a","type":"u128"}]}' }),
      ],
      [
        'a schema that asks for the prototype',
        file({ ...good, schemaText: '{"fields":[{"name":"__proto__","type":"u8"}]}' }),
      ],
    ];
    for (const [what, data] of absurd) expect(attempt(data), what).toBe('CORRUPT');
    const { message } = failure(() => RecordFile.open(written(absurd[0]![1])), 'CORRUPT');
    expect(message).toMatch(/2 records of 24 bytes.*8216 bytes long.*room for 1/);
  });

  it('is refused when it was cut short, and told from other files', () => {
    const data = fileBytes(name('short'), [3, 20]);
    for (const length of [1, 7, 8, 63, 64, 4095, 4096, 8191, 8192, data.length - 1]) {
      const result = attempt(data.subarray(0, length));
      expect(['CORRUPT', 'NOT_A_RECORD_FILE']).toContain(result);
    }
    expect(attempt(data.subarray(0, 4096))).toBe('CORRUPT');
    for (const other of [
      'x',
      '{"name":"Point"}',
      'id,name\n1,a\n',
      '\0'.repeat(10_000),
      '\x7fELF'.repeat(5000),
    ]) {
      expect(attempt(Buffer.from(other))).toBe('NOT_A_RECORD_FILE');
    }
    failure(() => RecordFile.open(written(Buffer.alloc(0))), 'EMPTY_FILE');
    failure(() => RecordFile.open(name('missing')), 'NOT_FOUND');
  });

  it('never fails otherwise, whatever bytes it is given', () => {
    const data = fileBytes(name('random'), [3, 20]);
    const damage = fc.array(fc.record({ at: fc.nat(2 * SLOT + 100), byte: fc.nat(255) }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(damage, fc.boolean(), (changes, low) => {
        const damaged = Buffer.from(data);
        for (const { at, byte } of changes) damaged[low ? at % 128 : at] = byte;
        expect([3, 20, 'CORRUPT', 'NOT_A_RECORD_FILE', 'VERSION_UNSUPPORTED']).toContain(
          attemptReading(damaged),
        );
      }),
      runs(300),
    );
  });

  it('reads hostile values: any byte is a bool, a position beyond the names is CORRUPT, bad UTF-8 is replaced', () => {
    const path = name('values');
    const data = fileBytes(path, [1]);
    data[2 * SLOT + 16] = 2;
    data.fill(0xff, 2 * SLOT + 2, 2 * SLOT + 8);
    fs.writeFileSync(path, data);
    const file = RecordFile.open(path, Point, { mode: 'readwrite' });
    const error = failure(() => file.get(0), 'CORRUPT');
    expect(error.message).toContain("field 'kind'");
    expect(error.path).toBe(path);
    file.set(0, { kind: 'a' });
    expect(file.get(0)).toMatchObject({ kind: 'a', name: '\ufffd'.repeat(6) });
    file.closeSync();
  });

  it('finds slot 1 behind a damaged slot 0 whatever the slot size', () => {
    const Wide = defineRecord({
      kind: enumeration(...Array.from({ length: 2000 }, (_, i) => `name ${i}`)),
      b: bytes(7),
    });
    const path = name('wide');
    const file = RecordFile.create(path, Wide);
    file.append({ kind: 'name 1999', b: new Uint8Array(7) });
    file.closeSync();
    const data = fs.readFileSync(path);
    expect(data.readUInt32LE(12)).toBe(32768);
    data.fill(0xff, 0, 100);
    const opened = RecordFile.open(written(data), Wide);
    expect(opened.get(0).kind).toBe('name 1999');
    opened.closeSync();
  });
});
