/**
 * How many bytes a disk has written, by its own count (Linux): field 7 of /sys/dev/block/<major>:<minor>/stat, in
 * sectors of 512 bytes whatever the disk's own are (Documentation/block/stat.rst). It counts everybody's writes.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';

const SECTOR_BYTES = 512;
const SECTORS_WRITTEN_FIELD = 6;

export interface Disk {
  writtenBytes(): number;
}

/** The disk that holds `folder`; a reason in words where it cannot be found. */
export function diskOf(folder: string): Disk | string {
  const { dev } = statSync(folder);
  // The layout of dev_t in glibc's sys/sysmacros.h, as far as Linux uses it.
  const major = (dev >> 8) & 0xfff;
  const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
  const path = `/sys/dev/block/${major}:${minor}/stat`;
  if (!existsSync(path)) return `no disk counts its writes for ${folder}`;
  return {
    writtenBytes: () => {
      const fields = readFileSync(path, 'latin1').trim().split(/\s+/);
      return Number(fields[SECTORS_WRITTEN_FIELD]) * SECTOR_BYTES;
    },
  };
}
