/**
 * Record files and power cuts, on images of what a disk may hold.
 *
 * Method: a random program of appends, changes, truncations and flushes (blocking or not) runs on a real file while a
 * recording Os keeps every version that the page cache held. After each step, and before and after each call that
 * flushes, the power is cut: images are drawn by the rules of disks (support/recording-os.ts) and opened. Each must
 * hold exactly the records that were acknowledged, or those of the flush in flight; records that were changed in place
 * since may hold any mixture of what was stored into their fields.
 */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPerdureError } from '../../src/os/index.js';
import { array, defineRecord, RecordFile, u8, u32 } from '../../src/record/index.js';
import { RecordingDisk } from '../support/recording-os.js';
import { random, runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

/** 24 bytes: records straddle sectors. Every byte of a record follows from its key, so that a torn one shows. */
const Entry = defineRecord({ key: u32, copies: array(u32, 4), last: u8 });
const entry = (key: number) => ({ key, copies: [key, key, key, key], last: key & 0xff });

const step = fc.record({
  kind: fc.constantFrom('append', 'append', 'set', 'truncate', 'flush', 'flush blocking'),
  size: fc.integer({ min: 1, max: 90 }),
  at: fc.nat(10_000),
});

/** What is known of the file: the keys that were acknowledged, and those that a flush in flight is about to make so. */
class Model {
  now: number[] = [];
  acknowledged: number[] | undefined;
  inFlight: number[] | undefined;
  /** Records that were changed in place since the last flush. */
  readonly changed = new Set<number>();

  settle(): void {
    this.acknowledged = [...this.now];
    this.inFlight = undefined;
    this.changed.clear();
  }
}

function checkImage(image: Buffer | undefined, path: string, model: Model): void {
  if (image === undefined) return expect(model.acknowledged).toBeUndefined();
  fs.writeFileSync(path, image);
  let file: RecordFile<{ key: number; copies: number[]; last: number }>;
  try {
    file = RecordFile.open(path, Entry) as typeof file;
  } catch (error) {
    // Only a file whose creation was never flushed may be unreadable, and says so.
    expect(isPerdureError(error)).toBe(true);
    expect(model.acknowledged, String(error)).toBeUndefined();
    return;
  }
  try {
    const allowed = [model.acknowledged ?? [], ...(model.inFlight ? [model.inFlight] : [])];
    const expected = allowed.find((keys) => keys.length === file.count);
    expect(expected, `count ${file.count}, allowed ${allowed.map((keys) => keys.length)}`).toBeDefined();
    for (let index = 0; index < file.count; index++) {
      if (model.changed.has(index)) continue;
      expect(file.get(index)).toEqual(entry(expected![index]!));
    }
  } finally {
    file.closeSync();
  }
}

describe('record files after a power cut at any point', () => {
  const name = tempFiles();

  it('hold what was acknowledged, and no record that was not flushed before its count', async () => {
    let images = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 14 }), fc.integer(), async (steps, seed) => {
        const pick = random(seed);
        const path = name('power');
        const cutPath = name('image');
        const disk = new RecordingDisk(path);
        const model = new Model();
        const cut = () => {
          for (let i = 0; i < 3; i++, images++) checkImage(disk.image(pick), cutPath, model);
        };
        let key = 0;
        const file = RecordFile.create(
          path,
          Entry,
          { capacity: 4, share: 'readwrite' },
          { os: disk.watch() },
        );
        disk.observe();
        cut();
        disk.onFlush = cut;
        for (const { kind, size, at } of steps) {
          if (kind === 'append') {
            const keys = Array.from({ length: size }, () => ++key);
            file.appendMany(keys.map(entry));
            model.now.push(...keys);
            disk.observe();
          } else if (kind === 'set' && model.now.length > 0) {
            const index = at % model.now.length;
            model.changed.add(index);
            model.now[index] = ++key;
            file.set(index, entry(key));
            disk.observe();
          } else {
            if (kind === 'truncate') model.now.length = at % (model.now.length + 1);
            model.inFlight = [...model.now];
            if (kind === 'truncate') await file.truncate(model.now.length);
            else if (kind === 'flush blocking') file.flushSync();
            else await file.flush();
            model.settle();
          }
          cut();
        }
        disk.onFlush = () => {};
        file.closeSync();
        fs.rmSync(path);
        fs.rmSync(cutPath, { force: true });
      }),
      runs(60),
    );
    expect(images).toBeGreaterThan(1000);
  });
});
