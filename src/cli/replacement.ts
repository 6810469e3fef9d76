/**
 * A file that is written beside the one it is to replace, and takes its place only when it is complete. Until then, and
 * when the command fails or is interrupted, the old file is as it was.
 */
import { existsSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  createFile,
  FILE_ATTRIBUTE_NORMAL,
  GENERIC_READ,
  GENERIC_WRITE,
  nativeOs,
  OPEN_EXISTING,
  PerdureError,
} from '../os/index.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Replacement implements Disposable {
  /** Where to write. */
  readonly path: string;
  readonly #target: string;
  readonly #force: boolean;
  readonly #interrupted = (signal: NodeJS.Signals) => {
    this[Symbol.dispose]();
    process.kill(process.pid, signal);
  };

  /** @throws ALREADY_EXISTS unless `force`; NOT_FOUND where its folder does not exist; NOT_A_FILE for a folder; SHARING_VIOLATION where the file is in use */
  constructor(target: string, force: boolean) {
    this.#force = force;
    // A symbolic link stays one: what it points to is replaced.
    this.#target = existsSync(target) ? realpathSync(target) : target;
    this.#check();
    this.path = join(dirname(this.#target), `.${basename(this.#target)}.${process.pid}.tmp`);
    for (const signal of SIGNALS) process.once(signal, this.#interrupted);
  }

  /** Puts the complete file in place. It has to be flushed and closed. */
  commit(): void {
    this.#check();
    nativeOs().replaceFile(this.path, this.#target);
  }

  /** Removes what was not put in place. */
  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.removeListener(signal, this.#interrupted);
    rmSync(this.path, { force: true });
  }

  #check(): void {
    const target = this.#target;
    const stat = statSync(target, { throwIfNoEntry: false });
    if (stat === undefined) {
      if (existsSync(dirname(target))) return;
      throw new PerdureError('NOT_FOUND', `there is no folder '${dirname(target)}'; create it first`, {
        path: target,
      });
    }
    if (!stat.isFile())
      throw new PerdureError('NOT_A_FILE', `'${target}' is no regular file`, { path: target });
    if (!this.#force) {
      throw new PerdureError('ALREADY_EXISTS', `'${target}' exists; --force replaces it`, { path: target });
    }
    // Whoever has it open exclusively would go on writing to a file that nobody can find any more.
    const access = GENERIC_READ | GENERIC_WRITE;
    nativeOs().closeHandle(createFile(target, access, 0, null, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL));
  }
}
