/** Reading every line as a string. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLargeFile } from '../../../src/text/index.js';
import type { Contest, Contestant, Place } from '../contest.js';
import { loadPeer } from '../peers.js';
import { timed } from '../timing.js';
import { makeText, textPath } from './data.js';

/** Lines whose lengths are summed. */
function async(place: Place, sum: () => Promise<number>): Contestant {
  const done = statSync(textPath(place)).size;
  return {
    round: async () => {
      const start = performance.now();
      const result = await sum();
      return { done, result, rates: [(done * 1000) / (performance.now() - start)] };
    },
  };
}

const open = (place: Place) => openLargeFile(textPath(place), { index: false, safe: false });
const stream = (place: Place) => createInterface({ input: createReadStream(textPath(place)) });

interface ByLines {
  next(): Buffer | false;
}

export const reading: Contest = {
  cases: [{ name: 'read every line as a string', unit: 'bytes/s' }],
  method:
    'The lengths of all lines of the same text are summed. perdure: for (... of lines()); perdure-batches and ' +
    'perdure-for-await leave the event loop its turns. readline: its events, and for await.',
  setup: makeText,
  contestants: {
    perdure: (place) => {
      const file = open(place);
      const sum = () => {
        let length = 0;
        for (const line of file.lines()) length += line.length;
        return length;
      };
      return { round: () => timed(file.size, sum), close: () => file.close() };
    },
    'perdure-batches': (place) => {
      const file = open(place);
      return async(place, async () => {
        let length = 0;
        for await (const batch of file.lines().batches()) for (const line of batch) length += line.length;
        return length;
      });
    },
    'perdure-for-await': (place) => {
      const file = open(place);
      return async(place, async () => {
        let length = 0;
        for await (const line of file.lines()) length += line.length;
        return length;
      });
    },
    readline: (place) =>
      async(
        place,
        () =>
          new Promise((resolve) => {
            let length = 0;
            stream(place)
              .on('line', (line) => {
                length += line.length;
              })
              .on('close', () => resolve(length));
          }),
      ),
    'readline-for-await': (place) =>
      async(place, async () => {
        let length = 0;
        for await (const line of stream(place)) length += line.length;
        return length;
      }),
    'n-readlines': async (place) => {
      const Lines = await loadPeer<new (path: string) => ByLines>('n-readlines');
      const sum = () => {
        let length = 0;
        const lines = new Lines(textPath(place));
        for (let line = lines.next(); line !== false; line = lines.next()) length += line.toString().length;
        return length;
      };
      return { round: () => timed(statSync(textPath(place)).size, sum) };
    },
  },
  rounds: { quick: 3, full: 5 },
  warmups: 1,
};
