/** Three fields of every record, in order. */
import { RecordFile } from '../../../src/index.js';
import type { Contest } from '../contest.js';
import { timed } from '../timing.js';
import { mappedRecords, RECORD_BYTES, SAMPLE, sumOfThree } from './data.js';
import { bufferBackedObjects, structurae, typedStruct } from './layouts.js';
import { COUNT, makeRecordFile, recordFile } from './record-file.js';

/** Records that the slow ones read: enough for a rate. */
const FEW = COUNT / 200;

export const scanning: Contest = {
  cases: [{ name: 'read three fields of every record', unit: 'records/s' }],
  method:
    `Adds up an f64, a u32 and a u16 of each of ${COUNT.toLocaleString('en')} records of 32 bytes, in the page cache. ` +
    'perdure: a cursor. typed-array-loop: Float64Array, Uint32Array and Uint16Array over the same mapped bytes, offsets ' +
    `written by hand. The others work on the same bytes too, on the first ${FEW.toLocaleString('en')} records; ` +
    'buffer-backed-object keeps the objects that it makes, so that its later rounds find them.',
  rounds: { quick: 9, full: 25 },
  warmups: 4,
  setup: makeRecordFile,
  contestants: {
    perdure: (place) => {
      const file = RecordFile.open(recordFile(place), SAMPLE);
      const work = () => {
        let sum = 0;
        const cursor = file.cursor();
        const { record } = cursor;
        while (cursor.next()) sum += record.value + record.id + record.flags;
        return sum;
      };
      return { round: () => timed(COUNT, work) };
    },
    'typed-array-loop': (place) => {
      const { buffer, byteOffset } = mappedRecords(recordFile(place));
      const f64s = new Float64Array(buffer, byteOffset, COUNT * 4);
      const u32s = new Uint32Array(buffer, byteOffset, COUNT * 8);
      const u16s = new Uint16Array(buffer, byteOffset, COUNT * 16);
      const work = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += f64s[i * 4 + 1]! + u32s[i * 8 + 4]! + u16s[i * 16 + 14]!;
        return sum;
      };
      return { round: () => timed(COUNT, () => work(COUNT)) };
    },
    'buffer-backed-object': async (place) => {
      const { buffer, byteOffset } = mappedRecords(recordFile(place));
      const samples = await bufferBackedObjects(buffer, byteOffset, FEW);
      const work = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const sample = samples[i]!;
          sum += sample.value + sample.id + sample.flags;
        }
        return sum;
      };
      return { round: () => timed(FEW, () => work(FEW)) };
    },
    'typed-struct': async (place) => {
      const { buffer, byteOffset } = mappedRecords(recordFile(place));
      const Struct = await typedStruct();
      const size = RECORD_BYTES;
      const work = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const sample = new Struct(Buffer.from(buffer, byteOffset + i * size, size));
          sum += sample.value + sample.id + sample.flags;
        }
        return sum;
      };
      return { round: () => timed(FEW, () => work(FEW)) };
    },
    structurae: async (place) => {
      const { buffer, byteOffset } = mappedRecords(recordFile(place));
      const samples = await structurae(buffer, byteOffset, COUNT * RECORD_BYTES);
      const work = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) {
          const sample = samples.getView(i);
          sum += sample.get('value') + sample.get('id') + sample.get('flags');
        }
        return sum;
      };
      return { round: () => timed(FEW, () => work(FEW)) };
    },
  },
  expected: sumOfThree,
};
