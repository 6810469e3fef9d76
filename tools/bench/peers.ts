/**
 * The libraries that perdure is measured against. They are no dependencies of the package: they are installed into
 * tools/bench/node_modules the first time the benchmarks run, and one that cannot be had is left out.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Unavailable } from './contest.js';
import { packageRoot } from './package-root.js';

/** mmap-io asks for C++11, and the headers of every Node.js since 18 for more: the later flag wins. */
const COMPILER_FLAGS = '-std=gnu++20';

/** Installs what is missing. Speaks on stderr. */
export function installPeers(): void {
  const folder = join(packageRoot(), 'tools', 'bench');
  const installed = join(folder, 'node_modules', '.package-lock.json');
  const lock = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  process.stderr.write('installing the peers …\n');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
    env: { ...process.env, CXXFLAGS: `${process.env.CXXFLAGS ?? ''} ${COMPILER_FLAGS}` },
  });
  if (status !== 0) process.stderr.write('not all peers could be installed; those are left out\n');
}

/** A peer's exports. @throws Unavailable where it is not installed */
export async function loadPeer<T>(name: string): Promise<T> {
  const loader = pathToFileURL(join(packageRoot(), 'tools', 'bench', 'load-peer.mjs')).href;
  const { load } = (await import(loader)) as { load(name: string): Promise<T & { default?: T }> };
  try {
    const peer = await load(name);
    return peer.default ?? peer;
  } catch (error) {
    throw new Unavailable(`${name} is not installed (${(error as Error).message.split('\n')[0]})`);
  }
}
