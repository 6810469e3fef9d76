/**
 * The watcher of this process: a shell that waits for its end, and removes what it alone held if it was killed.
 *
 * It reads from a pipe of which this process has the other end. A line says that everything was given up; the end of the
 * pipe without one, that the process was killed (or ended after a Worker of its own was, whose mappings hold what they
 * show until then): then the shell becomes a Node.js that sweeps (sweep-main.ts). Until
 * that has run, and where there is no shell, the files of dead objects are found dead by whoever looks at their names,
 * so that the watcher only gives their memory back.
 *
 * Invariants: a thread that ends by itself gives up what it holds, with a watcher or without; no object fails to be made
 * or opened for want of one, and the next one asks for it again, unless there is no shell.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Libc } from '../libc.js';
import { releaseAll } from './life-cycle.js';

/** The program that sweeps: named in package.json, so that it is the compiled one wherever this was loaded from. */
const ENTRY = '#sweep-main';

const SCRIPT = 'read -r line || exec "$0" "$1"';

/** What starting a shell fails with where there is none to be had. */
const NO_SHELL = ['ENOENT', 'EACCES'];

let exitIsHeard = false;

let shellIsThere = true;

/** This process's end of the watcher's pipe, while there is a watcher. */
let writeEnd: number | undefined;

/** Has everything released when this JavaScript thread ends, and starts its watcher. Both once; never throws. */
export function watchThisProcess(libc: Libc): void {
  if (!exitIsHeard) {
    exitIsHeard = true;
    // Only a thread that ends by itself comes here. Of a Worker that is terminated the pipe stays open until the process ends.
    process.on('exit', () => {
      releaseAll(libc);
      dismiss(libc);
    });
  }
  if (writeEnd === undefined && shellIsThere) start(libc);
}

/** It keeps nothing alive. */
function start(libc: Libc): void {
  const pipe = libc.pipe();
  if (pipe === undefined) return;
  const [readEnd, ownEnd] = pipe;
  writeEnd = ownEnd;
  const failed = (error: unknown) => {
    shellIsThere = !NO_SHELL.includes((error as NodeJS.ErrnoException).code ?? '');
    if (writeEnd === ownEnd) dismiss(libc);
  };
  try {
    const sweeper = createRequire(import.meta.url).resolve(ENTRY);
    const watcher = spawn('/bin/sh', ['-c', SCRIPT, process.execPath, sweeper], {
      // Of a session of its own: what ends this process's group must not end the watcher with it.
      detached: true,
      stdio: [readEnd, 'ignore', 'ignore'],
      cwd: '/',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    watcher.on('error', failed);
    watcher.unref();
  } catch (error) {
    failed(error);
  } finally {
    libc.close(readEnd);
  }
}

/** Everything was given up: the watcher has nothing to do. */
function dismiss(libc: Libc): void {
  if (writeEnd === undefined) return;
  try {
    writeSync(writeEnd, '\n');
  } catch {
    // The watcher was killed, or never came.
  }
  libc.close(writeEnd);
  writeEnd = undefined;
}
