/**
 * The watcher of this process: a shell that waits for its end, and removes what it alone held if it was killed.
 *
 * It reads from a pipe of which this process has the other end. A line says that everything was given up; the end of the
 * pipe without one, that the process was killed: then the shell becomes a Node.js that sweeps (sweep-main.ts). Until
 * that has run, and where there is no shell, the files of dead objects are found dead by whoever looks at their names,
 * so that the watcher only gives their memory back.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import type { Libc } from '../libc.js';
import { releaseAll } from './life-cycle.js';

/** The program that sweeps: named in package.json, so that it is the compiled one wherever this was loaded from. */
const ENTRY = '#sweep-main';

const SCRIPT = 'read -r line || exec "$0" "$1"';

let watcher: ChildProcess | undefined;

/** Starts the watcher, once; it keeps nothing alive. */
export function watchThisProcess(libc: Libc): void {
  if (watcher !== undefined) return;
  const sweeper = createRequire(import.meta.url).resolve(ENTRY);
  watcher = spawn('/bin/sh', ['-c', SCRIPT, process.execPath, sweeper], {
    // Of a session of its own: what ends this process's group must not end the watcher with it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const pipe = watcher.stdin as Socket;
  watcher.on('error', () => {});
  pipe.on('error', () => {});
  watcher.unref();
  pipe.unref();
  process.on('exit', () => {
    releaseAll(libc);
    pipe.write('\n');
  });
}
