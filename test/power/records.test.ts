/**
 * Record files after a power cut at any point: what record-mill.ts does, from one seed after the other, and proof that it
 * finds what it is there to find.
 */
import { describe, expect, it } from 'vitest';
import type { Os } from '../../src/os/index.js';
import { runs, SEED } from '../support/seed.js';
import { type MillOptions, RecordMill } from './record-mill.js';
import { tampered } from './tampered.js';

const DRAWN_IMAGES = runs(6000).numRuns;
const ALL_IMAGES = runs(4000).numRuns;
const FAILING_PROGRAMS = runs(40).numRuns;
/** Of a slow and busy machine. */
const MILLISECONDS_AN_IMAGE = 20;

async function mill(images: number, options: MillOptions): Promise<number> {
  let seen = 0;
  for (let seed = SEED; seen < images; seed++) seen += await new RecordMill(seed, options).run();
  return seen;
}

describe('record files after a power cut at any point', () => {
  it(
    'hold what was acknowledged, and no record that was not flushed before its count',
    async () => {
      expect(await mill(DRAWN_IMAGES, { steps: 10 })).toBeGreaterThanOrEqual(DRAWN_IMAGES);
    },
    DRAWN_IMAGES * MILLISECONDS_AN_IMAGE,
  );

  it(
    'the same of short programs, on every disk that is possible where few sectors are in play',
    async () => {
      expect(await mill(ALL_IMAGES, { steps: 3, few: 2 ** 12 })).toBeGreaterThanOrEqual(ALL_IMAGES);
    },
    ALL_IMAGES * MILLISECONDS_AN_IMAGE,
  );
});

/** Programs that each meet a flush that fails, once. */
async function millWithFailingFlushes(programs: number, tamper?: (os: Os) => Os): Promise<void> {
  const options: MillOptions = { fault: 'failing flush', ...(tamper && { tamper }) };
  for (let seed = SEED; seed < SEED + programs; seed++) await new RecordMill(seed, options).run();
}

it('a header that a failed flush left in the page cache only is on the disk before the other one is written', async () => {
  // The file was opened again in the same boot, flushed, which wrote nothing, and the older header, the only one on the disk, was
  // written over: a power cut tore it, and all acknowledged records were gone.
  await millWithFailingFlushes(FAILING_PROGRAMS);
});

describe('the mill finds', () => {
  it('a header that nobody writes again after a flush that failed', async () => {
    const run = millWithFailingFlushes(FAILING_PROGRAMS, (os) => tampered(os, { writeFile: () => {} }));
    await expect(run).rejects.toThrow(/^seed \d+, image \d+: /);
  });

  let flushes = 0;
  const everyOther = () => flushes++ % 2 === 0;
  const skipping = (skips: () => boolean) => (os: Os) =>
    tampered(os, {
      flushFileBuffers: (file) => {
        if (!skips()) os.flushFileBuffers(file);
      },
      flushFileBuffersAsync: async (file) => {
        if (!skips()) await os.flushFileBuffersAsync(file);
      },
    });

  it.each<[string, (os: Os) => Os]>([
    ['a flush that does nothing', skipping(() => true)],
    ['a header that is written before its records are flushed', skipping(everyOther)],
    [
      'an asynchronous flush that is over before it has begun',
      (os) => tampered(os, { flushFileBuffersAsync: async () => {} }),
    ],
    [
      'stores through views that are never handed over',
      (os) => tampered(os, { flushViewOfFile: () => {}, flushViewOfFileAsync: async () => {} }),
    ],
  ])('%s', async (_name, tamper) => {
    const run = async () => {
      for (let seed = SEED; seed < SEED + 40; seed++) await new RecordMill(seed, { tamper }).run();
    };
    await expect(run()).rejects.toThrow(/^seed \d+, image \d+: /);
  });
});
