/**
 * Truncations that are not awaited before records are appended in their place.
 *
 * Method: as in power-images.test.ts, the power is cut before and after every flush. The image must hold the records
 * before the truncation, untouched, or those after it: never new records under the old count.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defineRecord, RecordFile, u32 } from '../../src/record/index.js';
import { RecordingDisk } from '../support/recording-os.js';
import { random, SEED } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const Entry = defineRecord({ key: u32, copy: u32 });
const entries = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ key: from + index, copy: from + index }));

describe('a truncation under way', () => {
  const name = tempFiles();

  it('is on the disk before an append writes over what it dropped', async () => {
    const pick = random();
    for (const [kept, appended] of [
      [0, 5],
      [3, 40],
      [20, 100],
    ] as const) {
      const path = name('truncation');
      const image = name('image');
      const disk = new RecordingDisk(path);
      const file = RecordFile.create(
        path,
        Entry,
        { capacity: 200, share: 'readwrite' },
        { os: disk.watch() },
      );
      file.appendMany(entries(0, 50));
      disk.observe();
      await file.flush();
      const before = entries(0, 50);
      const truncated = before.slice(0, kept);
      const after = [...truncated, ...entries(1000, appended)];
      const cut = () => {
        for (let i = 0; i < 10; i++) {
          fs.writeFileSync(image, disk.image(pick)!);
          const opened = RecordFile.open(image, Entry);
          const found = [...opened];
          opened.closeSync();
          expect([before, truncated, after], `PERDURE_SEED=${SEED}`).toContainEqual(found);
        }
      };
      disk.onFlush = cut;
      const truncating = file.truncate(kept);
      expect(file.count).toBe(kept);
      file.appendMany(entries(1000, appended));
      disk.observe();
      cut();
      await truncating;
      cut();
      await file.flush();
      disk.onFlush = () => {};
      cut();
      expect([...file]).toEqual(after);
      file.closeSync();
    }
  });
});
