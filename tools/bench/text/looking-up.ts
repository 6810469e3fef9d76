/** Looking up lines by number, at random. */
import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openLargeFile } from '../../../src/text/index.js';
import type { Contest, Place } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';
import { makeText, textPath } from './data.js';

const LINES = 20_000;

/** The sum of the lengths of lines, by their numbers. */
function sums(lines: number, lengthOf: (line: number) => number) {
  const numbers = randomIndexes(LINES, lines);
  return () =>
    timed(LINES, () => {
      let length = 0;
      for (const number of numbers) length += lengthOf(number);
      return length;
    });
}

const looked = (safe: boolean) => (place: Place) => {
  const index = join(place.own, 'lines');
  const file = openLargeFile(textPath(place), { index, safe });
  const round = sums(file.countLinesSync(), (line) => file.lineSync(line)!.length);
  const close = () => {
    file.close();
    rmSync(index, { force: true });
  };
  return { round, close };
};

export const lookingUp: Contest = {
  cases: [{ name: 'look up lines by number at random', unit: 'lines/s' }],
  method:
    '20,000 lines of the same text, by an index of 2 bytes for 16 KiB of it. The table has the offset of every line, 8 bytes ' +
    'for each, and is read from with fs.readSync.',
  setup: makeText,
  contestants: {
    perdure: looked(false),
    'perdure-copied': looked(true),
    'table+fs.read': (place) => {
      using file = openLargeFile(textPath(place), { index: false });
      const count = file.countLinesSync();
      const starts = new Float64Array(count + 1);
      let at = 0;
      for (const { start } of file.lines({ as: 'offsets' })) starts[at++] = start;
      starts[count] = file.size;
      const fd = openSync(textPath(place), 'r');
      const round = sums(count, (line) => {
        const buffer = Buffer.allocUnsafe(starts[line + 1]! - starts[line]!);
        readSync(fd, buffer, 0, buffer.length, starts[line]!);
        return buffer.toString().replace(/\r?\n$/, '').length;
      });
      return { round, close: () => closeSync(fd) };
    },
  },
};
