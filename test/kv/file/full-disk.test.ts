/**
 * A store on a disk that fills up: the transaction that finds no room fails, the store stays readable, and goes on when there is
 * room. Method: small file systems of one's own, on Linux as root.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { isPerdureError } from '../../../src/os/errors.js';
import { type Mount, mounted, whyNotMountable } from '../../support/mounts.js';
import { StoreModel } from './store-model.js';

for (const fileSystem of ['tmpfs', 'ext4'] as const) {
  const why = whyNotMountable(fileSystem);

  describe.skipIf(why)(`a full disk, ${fileSystem}${why ? ` (skipped: ${why})` : ''}`, () => {
    const mount = mounted();
    let disk: Mount;
    beforeAll(() => {
      disk = mount(fileSystem, fileSystem === 'tmpfs' ? 4 : 16);
    });

    it.each([false, true])('fails the transaction, and nothing else (writeMap %s)', (writeMap) => {
      const ballast = join(disk.folder, 'ballast');
      const { bavail, bsize } = fs.statfsSync(disk.folder);
      fs.writeFileSync(ballast, Buffer.alloc(bavail * bsize - 2 ** 21, 1));
      const file = join(disk.folder, `store-${writeMap}`);
      const model = new StoreModel(file, { writeMap });
      let round = 0;
      const write = () => {
        for (let index = 0; index < 20; index++)
          model.put(`key ${round} ${index}`, Buffer.alloc(index === 0 ? 120_000 : 1800, round));
        model.commit();
        round++;
        model.pager.flushSync();
      };
      const isFull = () => {
        try {
          write();
          return false;
        } catch (error) {
          expect(isPerdureError(error, 'DISK_FULL')).toBe(true);
          return true;
        }
      };
      while (!isFull()) expect(round).toBeLessThan(1000);
      expect(round).toBeGreaterThan(3);
      expect(isFull()).toBe(true);
      model.abort();
      model.check();
      // What is taken out makes room, once it is not needed to take it back.
      fs.truncateSync(ballast, fs.statSync(ballast).size - 2 ** 19);
      write();
      model.check();
      model.reopen();
      model.check();
      model.close();
      fs.rmSync(file);
      fs.rmSync(ballast);
    });
  });
}
