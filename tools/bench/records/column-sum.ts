/** One column of every record, added up. */
import { RecordFile } from '../../../src/index.js';
import type { Contest } from '../contest.js';
import { timed } from '../timing.js';
import { mappedRecords, SAMPLE, sampleValue } from './data.js';
import { numpyColumnSum } from './numpy.js';
import { COUNT, makeRecordFile, recordFile } from './record-file.js';

function expected(count: number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += sampleValue(index);
  return sum;
}

export const columnSum: Contest = {
  cases: [{ name: 'sum of a column', unit: 'records/s' }],
  method:
    `The sum of an f64 field over ${COUNT.toLocaleString('en')} records of 32 bytes, in the page cache. perdure: ` +
    'column(name).sum(). numpy.memmap: a structured dtype over the same file, timed within Python.',
  rounds: { quick: 9, full: 25 },
  warmups: 4,
  setup: makeRecordFile,
  contestants: {
    perdure: (place) => {
      const column = RecordFile.open(recordFile(place), SAMPLE).column('value');
      return { round: () => timed(COUNT, () => Number(column.sum())) };
    },
    'numpy.memmap': (place) => {
      const path = recordFile(place);
      return numpyColumnSum(path, mappedRecords(path).fileOffset, COUNT);
    },
    'typed-array-loop': (place) => {
      const { buffer, byteOffset } = mappedRecords(recordFile(place));
      const f64s = new Float64Array(buffer, byteOffset, COUNT * 4);
      const work = (count: number) => {
        let sum = 0;
        for (let i = 0; i < count; i++) sum += f64s[i * 4 + 1]!;
        return sum;
      };
      return { round: () => timed(COUNT, () => work(COUNT)) };
    },
  },
  expected,
};
