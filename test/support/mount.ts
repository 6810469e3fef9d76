/**
 * File systems of one's own, on Linux as root: small ones that fill up, ones that can be made read-only, and ext4 or XFS on
 * a loop device whose power can be cut.
 *
 * Every mount is undone when the process that made it ends. What a killed process left behind, the next one that mounts
 * something removes: the folder's name holds the process's id.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';

export type FileSystem = 'ext4' | 'xfs' | 'btrfs' | 'tmpfs';

/** <linux/ext4.h>: EXT4_IOC_SHUTDOWN is _IOR('X', 125, __u32). It was XFS_IOC_GOINGDOWN of <linux/xfs_fs.h> before. */
const IOC_SHUTDOWN = 0x8004587d;
/** EXT4_GOING_FLAGS_NOLOGFLUSH, XFS_FSOP_GOING_FLAGS_NOLOGFLUSH: the journal is not written either, as when the power fails. */
const NO_LOG_FLUSH = 2;

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

const PREFIX = 'perdure-mount-';

/** Unmounts and removes the folder of a mount. */
function removeHome(home: string): void {
  spawnSync('umount', ['--lazy', join(home, 'folder')], { stdio: 'ignore' });
  fs.rmSync(home, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function removeLeftovers(): void {
  for (const name of fs.readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : Number.NaN;
    if (pid > 0 && !isRunning(pid)) removeHome(join(tmpdir(), name));
  }
}

const live = new Set<Mount>();
process.once('exit', () => {
  for (const mount of live) mount.remove();
});

/** A mounted file system. Files in it must be closed before it is unmounted. */
export class Mount {
  readonly folder: string;
  readonly #home: string;
  readonly #image: string;
  #mounted = false;

  constructor(
    readonly fileSystem: FileSystem,
    sizeMib: number,
  ) {
    this.#home = fs.mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    live.add(this);
    this.folder = join(this.#home, 'folder');
    this.#image = join(this.#home, 'image');
    fs.mkdirSync(this.folder);
    try {
      this.#make(sizeMib);
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  #make(sizeMib: number): void {
    if (this.fileSystem === 'tmpfs') {
      run('mount', '-t', 'tmpfs', '-o', `size=${sizeMib}m`, 'tmpfs', this.folder);
      this.#mounted = true;
      return;
    }
    fs.writeFileSync(this.#image, '');
    fs.truncateSync(this.#image, sizeMib * 2 ** 20);
    const quiet = this.fileSystem === 'ext4' ? ['-q', '-F', '-m', '0'] : ['-q'];
    run(`mkfs.${this.fileSystem}`, ...quiet, this.#image);
    this.mount();
  }

  mount(): void {
    run('mount', '-o', 'loop', this.#image, this.folder);
    this.#mounted = true;
  }

  unmount(): void {
    if (this.#mounted) run('umount', this.folder);
    this.#mounted = false;
  }

  /** Mounts it again for reading only, or for both. */
  remount(mode: 'ro' | 'rw'): void {
    run('mount', '-o', `remount,${mode}`, this.folder);
  }

  /**
   * Cuts the power (ext4 and XFS): whatever was not flushed is gone, and every later call fails with EIO until the file
   * system is unmounted and mounted again.
   */
  cutPower(): void {
    const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, _In_ uint32_t *flags)');
    const fd = fs.openSync(this.folder, 'r');
    try {
      if (ioctl(fd, IOC_SHUTDOWN, [NO_LOG_FLUSH]) !== 0) {
        throw new Error(`the shutdown ioctl failed with errno ${koffi.errno()}`);
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  /** The power comes back: what the disk holds is mounted again, its journal replayed. */
  restorePower(): void {
    this.unmount();
    this.mount();
  }

  /** Unmounts it and removes everything. Harmless when repeated. */
  remove(): void {
    if (!live.delete(this)) return;
    // Lazily: where something in it is still open, it goes with the last handle.
    removeHome(this.#home);
    this.#mounted = false;
  }
}

/** Tries to mount: why this machine cannot, or undefined where it can. */
function obstacle(fileSystem: FileSystem): string | undefined {
  if (process.platform !== 'linux') return 'Linux only';
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    removeLeftovers();
    const sizeMib = fileSystem === 'xfs' ? 320 : fileSystem === 'btrfs' ? 128 : 16;
    new Mount(fileSystem, sizeMib).remove();
    return undefined;
  } catch (error) {
    return `cannot mount ${fileSystem}: ${String(error).split('\n')[0]}`;
  }
}

const obstacles = new Map<FileSystem, string | undefined>();

/** Why tests on this file system are to be skipped, or undefined. Tried once. */
export function whyNotMountable(fileSystem: FileSystem): string | undefined {
  if (!obstacles.has(fileSystem)) obstacles.set(fileSystem, obstacle(fileSystem));
  return obstacles.get(fileSystem);
}
