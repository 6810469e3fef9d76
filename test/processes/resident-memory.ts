/** Opens a file, views all of it, and says how much resident memory that added: in a process with a fresh heap. */
import { readFileSync } from 'node:fs';
import { MappedFile, type OpenMode } from '../../src/index.js';
import { answerRequests } from '../support/answers.js';

export interface MemoryRequest {
  path: string;
  mode: OpenMode;
  warmUp: string;
}

export interface MemoryAnswer {
  addedBytes: number;
  openMs: number;
  viewedBytes: number;
}

/** VmRSS where /proc tells it: process.memoryUsage may lag behind by batched counters. */
function residentBytes(): number {
  if (process.platform !== 'linux') return process.memoryUsage.rss();
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1];
  return Number(kib) * 1024;
}

answerRequests<MemoryRequest>(({ path, mode, warmUp }): MemoryAnswer => {
  // The native library and the code paths are loaded once, whatever is opened.
  MappedFile.open(warmUp, { mode }).view().getUint8(0);
  const before = residentBytes();
  const start = performance.now();
  const file = MappedFile.open(path, { mode });
  const openMs = performance.now() - start;
  const view = file.view(0, file.size);
  view.getUint8(file.size - 1);
  view.getUint8(0);
  return { addedBytes: residentBytes() - before, openMs, viewedBytes: view.length };
});
