/** Finding what is not there. */
import { readFileSync, statSync } from 'node:fs';
import { openLargeFile } from '../../../src/text/index.js';
import type { Contest, Place } from '../contest.js';
import { timed } from '../timing.js';
import { makeText, program, textPath } from './data.js';

const ABSENT = 'needle in a haystack';

const found = (safe: boolean) => (place: Place) => {
  const file = openLargeFile(textPath(place), { index: false, safe });
  return {
    round: () => timed(file.size, () => Math.max(file.findSync(ABSENT), 0)),
    close: () => file.close(),
  };
};

const byProgram = (command: string) => (place: Place) => {
  const count = program(command, ['-F', '-c', ABSENT, textPath(place)]);
  // ripgrep prints nothing where nothing is found.
  return { round: () => timed(statSync(textPath(place)).size, () => count() || 0) };
};

export const finding: Contest = {
  cases: [{ name: 'find a text that is not there', unit: 'bytes/s' }],
  method: '20 letters that are not in the same text. Programs with the start of their process.',
  setup: makeText,
  contestants: {
    perdure: found(false),
    'perdure-copied': found(true),
    'grep -F': byProgram('grep'),
    ripgrep: byProgram('rg'),
    'fs.readFile+indexOf': (place) => ({
      round: () =>
        timed(statSync(textPath(place)).size, () =>
          Math.max(readFileSync(textPath(place)).indexOf(ABSENT), 0),
        ),
    }),
  },
  rounds: { quick: 3, full: 7 },
  warmups: 1,
  expected: () => 0,
};
