/** Temporary folders: one for each suite, removed with everything in it when the suite ends. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Removes a folder. Windows may hold a file for a moment after its last handle was closed, hence the retries. */
export function removeFolder(folder: string): void {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
}

/** A fresh folder for the suite that calls this while it is being described. */
export function tempFolder(): string {
  const folder = fs.mkdtempSync(join(tmpdir(), 'perdure-'));
  afterAll(() => removeFolder(folder));
  return folder;
}

/** Names of files in a fresh folder, no two alike. */
export function tempFiles(): (stem?: string) => string {
  const folder = tempFolder();
  let count = 0;
  return (stem = 'file') => join(folder, `${stem}-${count++}`);
}
