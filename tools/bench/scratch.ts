/** The folder for the benchmarks' files: on a disk, because a flush into memory would measure nothing. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What statfs calls tmpfs, from linux/magic.h. */
const TMPFS_MAGIC = 0x01021994;

/** A fresh folder, removed with all it holds when the process ends. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(parentFolder(), 'perdure-bench-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
  return folder;
}

function parentFolder(): string {
  const wanted = process.env.PERDURE_BENCH_DIR;
  if (wanted) return wanted;
  const folders = process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/var/tmp'];
  return folders.find((folder) => statfsSync(folder).type !== TMPFS_MAGIC) ?? tmpdir();
}
