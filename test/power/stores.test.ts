/**
 * Stores after a power cut at any point: what store-mill.ts does, from one seed after the other, and proof that it finds what
 * it is there to find.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Pins } from '../../src/kv/file/pins.js';
import { Recovery } from '../../src/kv/file/recovery.js';
import type { ByteCount, FileHandle, Os } from '../../src/os/index.js';
import { runs, SEED } from '../support/seed.js';
import { StoreMill, type StoreMillOptions } from './store-mill.js';
import { tampered } from './tampered.js';

/** Of a slow and busy machine. */
const MILLISECONDS_AN_IMAGE = 30;

const MILLS: [what: string, images: number, options: StoreMillOptions][] = [
  ['hold every promised commit, the one in flight whole or not at all, and every page once', 6000, {}],
  [
    'the same of short programs, on every disk that is possible where few sectors are in play',
    2000,
    { steps: 2, few: 2 ** 10 },
  ],
  [
    'hold a state that there was, or say that they are damaged, where the disk loses flushes',
    2000,
    { fault: 'lost flush' },
  ],
];

describe('stores after a power cut at any point', () => {
  for (const [what, wanted, options] of MILLS) {
    const { numRuns } = runs(wanted);
    it(
      what,
      async () => {
        let images = 0;
        for (let seed = SEED; images < numRuns; seed++) images += await new StoreMill(seed, options).run();
        expect(images).toBeGreaterThanOrEqual(numRuns);
      },
      numRuns * MILLISECONDS_AN_IMAGE,
    );
  }
});

afterEach(() => {
  vi.restoreAllMocks();
});

it('a commit that was passed over after a power cut does not come back after another', async () => {
  // A commit was in flight, and one of its pages missing. The next commit wrote that page anew, byte for byte; the power was
  // cut again before its slot was there, and the commit before, which was gone, was whole.
  await new StoreMill(900_037).run();
});

it('a root slot that was torn within its sector is not taken for that of another version', async () => {
  // Its magic number was there, and its version not yet: the store was refused, though its other slot was whole.
  await new StoreMill(900_095).run();
});

it('a strict store needs no verification after a power cut: its slot is written when its pages are on the disk', async () => {
  vi.spyOn(Recovery.prototype, 'run').mockImplementation(() => {});
  for (let seed = SEED; seed < SEED + 15; seed++) {
    await new StoreMill(seed, { pager: { strict: true }, fault: 'full disk' }).run();
  }
});

function writeWhatDiffers(os: Os, file: FileHandle, bytes: Uint8Array, at: ByteCount): void {
  const there = Buffer.alloc(bytes.length);
  os.readFile(file, there, at);
  if (!there.equals(bytes)) os.writeFile(file, bytes, at);
}

describe('the mill finds', () => {
  const mutants: [what: string, tamper: (os: Os) => Os, options?: StoreMillOptions][] = [
    [
      'flushes that do nothing',
      (os) => tampered(os, { flushFileBuffers: () => {}, flushFileBuffersAsync: async () => {} }),
    ],
    [
      'an asynchronous flush that is over before it has begun',
      (os) => tampered(os, { flushFileBuffersAsync: async () => {} }),
    ],
    [
      'stores through views that are never handed over',
      (os) => tampered(os, { flushViewOfFile: () => {}, flushViewOfFileAsync: async () => {} }),
      { pager: { writeMap: true } },
    ],
    [
      'root slots that are all written to the same place',
      (os) =>
        tampered(os, {
          writeFile: (file, bytes, at) => os.writeFile(file, bytes, bytes.length === 512 ? 0 : at),
        }),
    ],
    [
      'a newest slot that is believed',
      (os) => {
        vi.spyOn(Recovery.prototype, 'run').mockImplementation(() => {});
        return os;
      },
    ],
    [
      'pages that a failed flush took for written, and that nobody writes again',
      (os) => tampered(os, { writeFile: (file, bytes, at) => writeWhatDiffers(os, file, bytes, at) }),
      { fault: 'failing flush' },
    ],
    [
      'pages that are used again while a snapshot shows them',
      (os) => {
        vi.spyOn(Pins.prototype, 'see').mockImplementation(() => false);
        return os;
      },
    ],
  ];

  it.each(mutants)('%s', async (_what, tamper, options) => {
    const run = async () => {
      for (let seed = SEED; seed < SEED + 200; seed++)
        await new StoreMill(seed, { ...options, tamper }).run();
    };
    await expect(run()).rejects.toThrow(/^seed \d+/);
  });
});
