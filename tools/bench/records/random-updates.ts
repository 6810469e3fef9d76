/** One field of single records at random places. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordFile } from '../../../src/index.js';
import type { Contest, Place, Prepare, Reading } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';
import { firstRecordOffset, mappedRecords, RECORD_BYTES, SAMPLE } from './data.js';
import { bufferBackedObjects, structurae, typedStruct } from './layouts.js';
import { makeSamples } from './record-file.js';

const COUNT = 1_000_000;
const UPDATES = 1_000_000;
/** Updates of the slow ones: the first of the same places. */
const FEW = UPDATES / 100;

/** Stores a number into the field `value` of the records at the given places: their index plus `addend`. */
type Update = (indexes: Uint32Array, addend: number) => void;

/**
 * A contestant with a file of its own. A round measures each way to update; after each the file is read, to see what is in
 * it. A peer has one way, which stands against both of perdure's.
 */
const updater = (count: number, prepare: (path: string) => Update[] | Promise<Update[]>): Prepare => {
  return async (place: Place) => {
    const path = join(place.own, 'samples');
    makeSamples(path, COUNT);
    const updates = await prepare(path);
    const indexes = randomIndexes(UPDATES, COUNT).subarray(0, count);
    let addend = 0;
    const rateOf = (update: Update): number => {
      addend++;
      const { rates, result } = timed(count, () => {
        update(indexes, addend);
        return addend;
      });
      const updated = countUpdated(path, indexes, result);
      if (updated !== count) throw new Error(`${count - updated} of ${count} updates are not in the file`);
      return rates[0]!;
    };
    return {
      round: (): Reading => {
        const rates = updates.map(rateOf);
        return { done: count, result: count, rates: rates.length === 1 ? [rates[0]!, rates[0]!] : rates };
      },
    };
  };
};

function countUpdated(path: string, indexes: Uint32Array, addend: number): number {
  const file = readFileSync(path);
  const start = firstRecordOffset(file);
  let updated = 0;
  for (const index of indexes) {
    if (file.readDoubleLE(start + index * RECORD_BYTES + 8) === index + addend) updated++;
  }
  return updated;
}

/** Over the mapped bytes of the contestant's file. */
const over = (
  count: number,
  prepare: (buffer: ArrayBuffer, byteOffset: number) => Update | Promise<Update>,
) =>
  updater(count, async (path) => {
    const { buffer, byteOffset } = mappedRecords(path, 'readwrite');
    return [await prepare(buffer, byteOffset)];
  });

export const randomUpdates: Contest = {
  cases: [
    { name: 'update a field of single records at random', unit: 'records/s' },
    { name: 'update a field of single records at random by set()', unit: 'records/s' },
  ],
  method:
    `Stores an f64 into ${UPDATES.toLocaleString('en')} random records out of ${COUNT.toLocaleString('en')}, mapped for ` +
    `writing, without a flush; the slow ones into the first ${FEW.toLocaleString('en')} of the same places. perdure: ` +
    'cursor.moveTo(index), then an assignment to the field; in the second case set(index, { value }). The peers have one ' +
    'way each, which stands against both.',
  contestants: {
    perdure: updater(UPDATES, (path) => {
      const file = RecordFile.open(path, SAMPLE, { mode: 'readwrite' });
      const cursor = file.cursor();
      const { record } = cursor;
      const byCursor: Update = (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++) {
          cursor.moveTo(indexes[i]!);
          record.value = indexes[i]! + addend;
        }
      };
      const bySet: Update = (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++) file.set(indexes[i]!, { value: indexes[i]! + addend });
      };
      return [byCursor, bySet];
    }),
    'typed-array-loop': over(UPDATES, (buffer, byteOffset) => {
      const f64s = new Float64Array(buffer, byteOffset, COUNT * 4);
      return (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++) f64s[indexes[i]! * 4 + 1] = indexes[i]! + addend;
      };
    }),
    'buffer-backed-object': over(FEW, async (buffer, byteOffset) => {
      const samples = await bufferBackedObjects(buffer, byteOffset, COUNT);
      return (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++) samples[indexes[i]!]!.value = indexes[i]! + addend;
      };
    }),
    'typed-struct': over(FEW, async (buffer, byteOffset) => {
      const Struct = await typedStruct();
      const size = RECORD_BYTES;
      return (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++) {
          const sample = new Struct(Buffer.from(buffer, byteOffset + indexes[i]! * size, size));
          sample.value = indexes[i]! + addend;
        }
      };
    }),
    structurae: over(FEW, async (buffer, byteOffset) => {
      const samples = await structurae(buffer, byteOffset, COUNT * RECORD_BYTES);
      return (indexes, addend) => {
        for (let i = 0; i < indexes.length; i++)
          samples.getView(indexes[i]!).set('value', indexes[i]! + addend);
      };
    }),
  },
};
