/**
 * The watcher of this process: a shell that waits for its end, and removes what it alone held if it was killed.
 *
 * It reads from a pipe of which this process has the other end. A line says that everything was given up; the end of the
 * pipe without one, that the process was killed (or ended after a Worker of its own was, whose mappings hold what they
 * show until then): then the shell becomes a Node.js that sweeps (sweep-main.ts). Until
 * that has run, and where there is no shell, the files of dead objects are found dead by whoever looks at their names,
 * so that the watcher only gives their memory back.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Libc } from '../libc.js';
import { releaseAll } from './life-cycle.js';

/** The program that sweeps: named in package.json, so that it is the compiled one wherever this was loaded from. */
const ENTRY = '#sweep-main';

const SCRIPT = 'read -r line || exec "$0" "$1"';

let watching = false;

/** Starts the watcher, once for each JavaScript thread; it keeps nothing alive. */
export function watchThisProcess(libc: Libc): void {
  if (watching) return;
  watching = true;
  const pipe = libc.pipe();
  if (pipe === undefined) return;
  const [readEnd, writeEnd] = pipe;
  const sweeper = createRequire(import.meta.url).resolve(ENTRY);
  const watcher = spawn('/bin/sh', ['-c', SCRIPT, process.execPath, sweeper], {
    // Of a session of its own: what ends this process's group must not end the watcher with it.
    detached: true,
    stdio: [readEnd, 'ignore', 'ignore'],
    cwd: '/',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  watcher.on('error', () => {});
  watcher.unref();
  libc.close(readEnd);
  // Only a thread that ends by itself comes here. Of a Worker that is terminated the pipe stays open until the process ends.
  process.on('exit', () => {
    releaseAll(libc);
    try {
      writeSync(writeEnd, '\n');
    } catch {
      // The watcher was killed.
    }
    libc.close(writeEnd);
  });
}
