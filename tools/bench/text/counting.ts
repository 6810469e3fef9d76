/** Counting lines. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { openLargeFile } from '../../../src/text/index.js';
import type { Contest, Place, Reading } from '../contest.js';
import { timed } from '../timing.js';
import { makeText, program, textPath } from './data.js';

/** Counts once, asynchronously. */
async function timedCount(place: Place, work: () => Promise<number>): Promise<Reading> {
  const done = statSync(textPath(place)).size;
  const start = performance.now();
  const result = await work();
  return { done, result, rates: [(done * 1000) / (performance.now() - start)] };
}

const counted =
  (safe: boolean, threads = 0) =>
  (place: Place) => ({
    round: () =>
      timedCount(place, async () => {
        using file = openLargeFile(textPath(place), { index: false, safe });
        return await file.countLines({ threads });
      }),
  });

const byProgram =
  (command: string, ...args: string[]) =>
  (place: Place) => {
    const count = program(command, [...args, textPath(place)]);
    return { round: () => timed(statSync(textPath(place)).size, count) };
  };

export const counting: Contest = {
  cases: [{ name: 'count lines', unit: 'bytes/s' }],
  method:
    'Lines of 500 MB of Debian package lists (100 MB with --quick) in the page cache, the file opened each time and no index ' +
    'kept. perdure maps it, perdure-copied reads it by position. Programs with the start of their process.',
  setup: makeText,
  contestants: {
    perdure: counted(false),
    'perdure-copied': counted(true),
    'perdure-2-threads': counted(true, 2),
    'wc -l': byProgram('wc', '-l'),
    'grep -c': byProgram('grep', '-c', ''),
    ripgrep: byProgram('rg', '-c', ''),
    'fs.readFile+indexOf': (place) => ({
      round: () =>
        timed(statSync(textPath(place)).size, () => {
          const bytes = readFileSync(textPath(place));
          let lines = 0;
          for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
          return lines;
        }),
    }),
    'stream+indexOf': (place) => ({
      round: () =>
        timedCount(place, async () => {
          let lines = 0;
          for await (const bytes of createReadStream(textPath(place)) as AsyncIterable<Buffer>) {
            for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
          }
          return lines;
        }),
    }),
  },
  rounds: { quick: 3, full: 7 },
  warmups: 1,
};
