/** A store for measuring: in a file that goes when it is closed. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openStore, type Store } from '../../../kv/index.js';

export class ScratchStore implements Disposable {
  readonly path: string;
  readonly store: Store<string, Uint8Array>;

  /** @throws what openStore throws */
  constructor(folder: string) {
    this.path = join(folder, `.perdure-bench.${process.pid}.tmp`);
    // A killed process of the same number may have left one.
    rmSync(this.path, { force: true });
    try {
      this.store = openStore(this.path, { create: 'new', keys: 'string', values: 'bytes' });
    } catch (error) {
      rmSync(this.path, { force: true });
      throw error;
    }
  }

  [Symbol.dispose](): void {
    try {
      this.store.close();
    } finally {
      // On Windows a flush that is still under way keeps the file for a moment.
      rmSync(this.path, { force: true, maxRetries: 20, retryDelay: 50 });
    }
  }
}
