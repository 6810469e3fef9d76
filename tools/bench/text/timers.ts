/** How long the event loop waits at most while a large file is worked on. */
import { createReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type LargeFile, openLargeFile } from '../../../src/text/index.js';
import type { Contest, Place } from '../contest.js';
import { makeText, textPath } from './data.js';

const INTERVAL_MS = 10;

/** The longest time from one firing of a timer to the next, as so many in a second. */
async function worstRate(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const fired = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(fired, INTERVAL_MS);
  await work();
  fired();
  clearInterval(timer);
  return 1000 / longest;
}

const WORK: readonly ((file: LargeFile) => Promise<unknown>)[] = [
  (file) => file.countLines(),
  (file) => file.countLines({ threads: 2 }),
  (file) => file.find('needle in a haystack'),
  async (file) => {
    for await (const _ of file.lines().batches());
  },
];

const watched = (safe: boolean) => (place: Place) => ({
  round: async () => {
    const rates: number[] = [];
    for (const work of WORK) {
      using file = openLargeFile(textPath(place), { index: false, safe });
      rates.push(await worstRate(() => work(file)));
    }
    return { done: statSync(textPath(place)).size, result: 0, rates };
  },
});

export const timers: Contest = {
  cases: [
    { name: 'the longest gap of a 10 ms timer: counting', unit: '1/s' },
    { name: 'the longest gap of a 10 ms timer: counting with 2 threads', unit: '1/s' },
    { name: 'the longest gap of a 10 ms timer: finding', unit: '1/s' },
    { name: 'the longest gap of a 10 ms timer: reading lines', unit: '1/s' },
  ],
  method:
    'A timer of 10 ms runs while the text is worked on asynchronously. The rate is one by the longest time from one firing to the ' +
    'next: 100 where it is never late. readline: its events.',
  setup: makeText,
  rounds: { quick: 3, full: 7 },
  warmups: 1,
  contestants: {
    perdure: watched(false),
    'perdure-copied': watched(true),
    readline: (place) => ({
      round: async () => {
        const read = () =>
          new Promise((resolve) => {
            createInterface({ input: createReadStream(textPath(place)) })
              .on('line', () => {})
              .on('close', resolve);
          });
        const rate = await worstRate(read);
        const done = statSync(textPath(place)).size;
        return { done, result: 0, rates: [null, null, null, rate], reason: 'reads lines only' };
      },
    }),
  },
};
