/** Searching a large file for what is not there. */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { MappedFile } from '../../../src/index.js';
import type { Contest, Place } from '../contest.js';
import { randomIndexes } from '../random.js';
import { timed } from '../timing.js';

const bytesOf = (place: Place) => (place.quick ? 250e6 : 2 ** 30);
const pathOf = (place: Place) => join(place.shared, 'text');

const NEEDLE = Buffer.from('needle in a haystack');
const CHUNK_BYTES = 2 ** 20;

/** Lines of small letters without the needle's space, so that the needle's letters are met but never the needle. */
function makeFile(place: Place): void {
  const fd = openSync(pathOf(place), 'w');
  const letters = randomIndexes(CHUNK_BYTES, 27);
  const chunk = Buffer.from(letters.map((letter) => (letter === 26 ? 0x0a : 0x61 + letter)));
  for (let at = 0; at < bytesOf(place); at += CHUNK_BYTES) {
    writeSync(fd, chunk, 0, Math.min(CHUNK_BYTES, bytesOf(place) - at));
  }
  fsyncSync(fd);
  closeSync(fd);
}

export const searching: Contest = {
  cases: [{ name: 'search for bytes that are not there', unit: 'bytes/s' }],
  method:
    'indexOf of 20 bytes in 1 GiB of text (250 MB with --quick) in the page cache. Buffer.indexOf searches what ' +
    'fs.readFile had read before; fs.readFile+indexOf reads it each time, as perdure need not.',
  setup: makeFile,
  contestants: {
    perdure: (place) => {
      const view = MappedFile.open(pathOf(place)).view();
      return { round: () => timed(view.length, () => view.indexOf(NEEDLE)) };
    },
    'Buffer.indexOf': (place) => {
      const buffer = readFileSync(pathOf(place));
      return { round: () => timed(buffer.length, () => buffer.indexOf(NEEDLE)) };
    },
    'fs.readFile+indexOf': (place) => {
      const path = pathOf(place);
      return { round: () => timed(bytesOf(place), () => readFileSync(path).indexOf(NEEDLE)) };
    },
  },
  rounds: { quick: 3, full: 7 },
  warmups: 1,
  expected: () => -1,
};
