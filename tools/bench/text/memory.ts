/** How much memory of its own a process needs to read all of a large file. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLargeFile } from '../../../src/text/index.js';
import type { Contest, Contestant, Place } from '../contest.js';
import { makeText, textPath } from './data.js';

/** Less than this cannot be told from nothing. */
const LEAST_MIB = 0.1;
const LOOK_MS = 5;

/** Counts lines in some way, and calls `look` now and then. */
type Count = (path: string, look: () => void) => Promise<number>;

function measured(place: Place, count: Count): Contestant {
  const before = anonymousMib();
  const path = textPath(place);
  const done = statSync(path).size;
  return {
    round: async () => {
      let peak = 0;
      let next = 0;
      const look = () => {
        if (performance.now() < next) return;
        peak = Math.max(peak, anonymousMib() ?? 0);
        next = performance.now() + LOOK_MS;
      };
      const result = await count(path, look);
      if (before === undefined) return { done, result, rates: [null], reason: 'no /proc/self/status here' };
      return { done, result, rates: [done / Math.max(LEAST_MIB, peak - before)] };
    },
  };
}

/** All that a large file is asked for: its lines are counted, found in, read and looked up. */
const perdure =
  (safe: boolean): Count =>
  async (path, look) => {
    using file = openLargeFile(path, { index: false, safe });
    const onProgress = look;
    const lines = await file.countLines({ onProgress });
    await file.find('needle in a haystack', { onProgress });
    for await (const batch of file.lines().batches()) if (batch.length > 0) look();
    for (let line = 0; line < lines; line += 997) {
      file.lineSync(line);
      look();
    }
    return lines;
  };

export const memory: Contest = {
  cases: [{ name: 'memory of the process while reading', unit: 'bytes/MiB' }],
  method:
    'The text is counted, searched, read line by line, and looked up in; the others only read its lines. By how much the anonymous ' +
    'resident memory of the process (RssAnon in /proc) at its peak is more than before: heap with its garbage, and buffers, but no ' +
    "pages of mapped files, which are the system's to take back. The rate is the length of the text by that growth.",
  setup: makeText,
  rounds: { quick: 1, full: 3 },
  warmups: 0,
  contestants: {
    perdure: (place) => measured(place, perdure(false)),
    'perdure-copied': (place) => measured(place, perdure(true)),
    readline: (place) =>
      measured(
        place,
        (path, look) =>
          new Promise((resolve) => {
            let lines = 0;
            createInterface({ input: createReadStream(path) })
              .on('line', () => {
                if (++lines % 1000 === 0) look();
              })
              .on('close', () => resolve(lines));
          }),
      ),
    'fs.readFile': (place) =>
      measured(place, async (path, look) => {
        const bytes = readFileSync(path);
        // At once: behind the loop it is garbage.
        look();
        let lines = 0;
        for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
        return lines;
      }),
  },
};

function anonymousMib(): number | undefined {
  try {
    const [, kib] = /^RssAnon:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))!;
    return Number(kib) / 1024;
  } catch {
    return undefined;
  }
}
