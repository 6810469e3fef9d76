/** Single records at random places: three fields where they lie, and whole records as objects. */
import { RecordFile } from '../../../src/index.js';
import type { Contest, Place, Prepare } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';
import { mappedRecords, RECORD_BYTES, SAMPLE, type Sample, sampleFlags, sampleValue } from './data.js';
import { bufferBackedObjects, structurae, typedStruct } from './layouts.js';
import { COUNT, makeRecordFile, recordFile } from './record-file.js';

const READS = 1_000_000;
/** Records that the slow ones read: the first of the same places. */
const FEW = READS / 100;

const places = (count: number) => randomIndexes(READS, COUNT).subarray(0, count);

/** The sum of the three fields over the first `count` places. */
function expected(count: number): number {
  let sum = 0;
  for (const index of places(count)) sum += sampleValue(index) + index + sampleFlags(index);
  return sum;
}

/** Adds up the three fields of the records at these indexes. */
type AddUp = (indexes: Uint32Array) => number;

function reader(count: number, open: (place: Place) => AddUp | Promise<AddUp>): Prepare {
  return async (place) => {
    const addUp = await open(place);
    const indexes = places(count);
    return { round: () => timed(count, () => addUp(indexes)) };
  };
}

/** Over the mapped bytes of the shared file. */
const over = (count: number, open: (buffer: ArrayBuffer, byteOffset: number) => AddUp | Promise<AddUp>) =>
  reader(count, (place) => {
    const { buffer, byteOffset } = mappedRecords(recordFile(place));
    return open(buffer, byteOffset);
  });

/** By a function that makes an object of the record at an index. */
const addUpObjects =
  (read: (index: number) => Sample): AddUp =>
  (indexes) => {
    let sum = 0;
    for (let i = 0; i < indexes.length; i++) {
      const sample = read(indexes[i]!);
      sum += sample.value + sample.id + sample.flags;
    }
    return sum;
  };

const inPlace: Contest = {
  cases: [{ name: 'read three fields of single records at random', unit: 'records/s' }],
  method:
    `Adds up an f64, a u32 and a u16 of ${READS.toLocaleString('en')} random records out of ${COUNT.toLocaleString('en')}: ` +
    'most of the time of the fast ones goes into the memory. perdure: cursor.moveTo(index). typed-array-loop: as in the ' +
    `scan. The slow ones read the first ${FEW.toLocaleString('en')} of the same places.`,
  setup: makeRecordFile,
  contestants: {
    perdure: reader(READS, (place) => {
      const cursor = RecordFile.open(recordFile(place), SAMPLE).cursor();
      const { record } = cursor;
      return (indexes) => {
        let sum = 0;
        for (let i = 0; i < indexes.length; i++) {
          cursor.moveTo(indexes[i]!);
          sum += record.value + record.id + record.flags;
        }
        return sum;
      };
    }),
    'typed-array-loop': over(READS, (buffer, byteOffset) => {
      const f64s = new Float64Array(buffer, byteOffset, COUNT * 4);
      const u32s = new Uint32Array(buffer, byteOffset, COUNT * 8);
      const u16s = new Uint16Array(buffer, byteOffset, COUNT * 16);
      return (indexes) => {
        let sum = 0;
        for (let i = 0; i < indexes.length; i++) {
          const index = indexes[i]!;
          sum += f64s[index * 4 + 1]! + u32s[index * 8 + 4]! + u16s[index * 16 + 14]!;
        }
        return sum;
      };
    }),
    'buffer-backed-object': over(FEW, async (buffer, byteOffset) => {
      const samples = await bufferBackedObjects(buffer, byteOffset, COUNT);
      return addUpObjects((index) => samples[index]!);
    }),
    'typed-struct': over(FEW, async (buffer, byteOffset) => {
      const Struct = await typedStruct();
      const size = RECORD_BYTES;
      return addUpObjects((index) => new Struct(Buffer.from(buffer, byteOffset + index * size, size)));
    }),
    structurae: over(FEW, async (buffer, byteOffset) => {
      const samples = await structurae(buffer, byteOffset, COUNT * RECORD_BYTES);
      return (indexes) => {
        let sum = 0;
        for (let i = 0; i < indexes.length; i++) {
          const sample = samples.getView(indexes[i]!);
          sum += sample.get('value') + sample.get('id') + sample.get('flags');
        }
        return sum;
      };
    }),
  },
  expected,
};

const asObjects: Contest = {
  cases: [{ name: 'read single records at random as objects', unit: 'records/s' }],
  method:
    'The same places, each record as an object of its own with all eight fields. perdure: get(index). typed-array-loop: an ' +
    'object literal. buffer-backed-object: a spread of its object; typed-struct: toJSON(); structurae: get(index).',
  setup: makeRecordFile,
  contestants: {
    perdure: reader(READS, (place) => {
      const file = RecordFile.open(recordFile(place), SAMPLE);
      return addUpObjects((index) => file.get(index));
    }),
    'typed-array-loop': over(READS, (buffer, byteOffset) => {
      const f64s = new Float64Array(buffer, byteOffset, COUNT * 4);
      const u32s = new Uint32Array(buffer, byteOffset, COUNT * 8);
      const i32s = new Int32Array(buffer, byteOffset, COUNT * 8);
      const f32s = new Float32Array(buffer, byteOffset, COUNT * 8);
      const u16s = new Uint16Array(buffer, byteOffset, COUNT * 16);
      const u8s = new Uint8Array(buffer, byteOffset, COUNT * 32);
      return addUpObjects((index) => ({
        time: f64s[index * 4]!,
        value: f64s[index * 4 + 1]!,
        id: u32s[index * 8 + 4]!,
        count: i32s[index * 8 + 5]!,
        level: f32s[index * 8 + 6]!,
        flags: u16s[index * 16 + 14]!,
        kind: u8s[index * 32 + 30]!,
        valid: u8s[index * 32 + 31]!,
      }));
    }),
    'buffer-backed-object': over(FEW, async (buffer, byteOffset) => {
      const samples = await bufferBackedObjects(buffer, byteOffset, COUNT);
      return addUpObjects((index) => ({ ...samples[index]! }));
    }),
    'typed-struct': over(FEW, async (buffer, byteOffset) => {
      const Struct = await typedStruct();
      const size = RECORD_BYTES;
      return addUpObjects((index) =>
        new Struct(Buffer.from(buffer, byteOffset + index * size, size)).toJSON(),
      );
    }),
    structurae: over(FEW, async (buffer, byteOffset) => {
      const samples = await structurae(buffer, byteOffset, COUNT * RECORD_BYTES);
      return addUpObjects((index) => samples.get(index));
    }),
  },
  expected,
};

export const randomReads: readonly Contest[] = [inPlace, asObjects];
