/**
 * An Os that remembers, for one file, what a disk would hold if the power failed now.
 *
 * Rules of the model, the strict ones of Win32: FlushViewOfFile says which range is meant, and only when
 * FlushFileBuffers has returned are those bytes, as they were at FlushViewOfFile, on the disk, together with the file's
 * length. Everything else that was ever stored since is there or not, sector by sector: any version that the page
 * cache held at any moment, or two of them with a tear in the middle.
 */
import * as fs from 'node:fs';
import type { Os } from '../../src/os/index.js';
import { nativeOs } from '../../src/os/native.js';
import { osWith } from './failing-os.js';

export const SECTOR_BYTES = 512;

export class RecordingDisk {
  /** What is certainly on the disk; undefined until the file’s first flush. */
  #durable: Buffer | undefined;
  /** Versions of the file since, oldest first. */
  #versions: Buffer[] = [];
  #flushing: { offset: number; bytes: Buffer }[] = [];
  /** Called before and after each FlushFileBuffers. */
  onFlush: () => void = () => {};

  constructor(readonly path: string) {}

  /** Remembers what the page cache holds now. Call it after each step of the program under test. */
  observe(): void {
    this.#versions.push(fs.readFileSync(this.path));
  }

  /** An image of the file after a power cut now, or undefined where it may not exist at all. `pick(n)` is below n. */
  image(pick: (limit: number) => number): Buffer | undefined {
    const versions = [...(this.#durable ? [this.#durable] : []), ...this.#versions];
    if (versions.length === 0 || (this.#durable === undefined && pick(4) === 0)) return undefined;
    const lengthBytes = versions[pick(versions.length)]!.length;
    const image = Buffer.alloc(lengthBytes);
    // Mostly old, mostly new, or anything: each finds other mistakes.
    const taste = pick(3);
    const choose = () => (taste === 0 ? pick(versions.length) : pick(2) === 0 ? 0 : versions.length - 1);
    for (let at = 0; at < lengthBytes; at += SECTOR_BYTES) {
      const tear = pick(8) === 0 ? pick(SECTOR_BYTES) : SECTOR_BYTES;
      image.set(versions[choose()]!.subarray(at, Math.min(at + tear, lengthBytes)), at);
      const rest = versions[choose()]!.subarray(at + tear, Math.min(at + SECTOR_BYTES, lengthBytes));
      if (rest.length > 0) image.set(rest, at + tear);
    }
    return image;
  }

  /** nativeOs() with this disk watching. */
  watch(): Os {
    const os = nativeOs();
    const flushView: Os['flushViewOfFile'] = (view, offset, length) => {
      const from = view.offset + Number(offset);
      const end = Number(length) === 0 ? view.offset + view.lengthBytes : from + Number(length);
      this.#flushing.push({ offset: from, bytes: fs.readFileSync(this.path).subarray(from, end) });
    };
    const flushed = () => {
      const now = fs.readFileSync(this.path);
      const durable = Buffer.alloc(now.length);
      this.#durable?.copy(durable);
      for (const { offset, bytes } of this.#flushing) bytes.copy(durable, offset);
      this.#flushing = [];
      this.#durable = durable;
      this.#versions = [now];
      this.onFlush();
    };
    const starting = () => {
      this.observe();
      this.onFlush();
    };
    const watched: Partial<Os> = {
      flushViewOfFile: (view, offset, length) => {
        flushView(view, offset, length);
        os.flushViewOfFile(view, offset, length);
      },
      flushViewOfFileAsync: async (view, offset, length) => {
        flushView(view, offset, length);
        await os.flushViewOfFileAsync(view, offset, length);
      },
      flushFileBuffers: (file) => {
        starting();
        os.flushFileBuffers(file);
        flushed();
      },
      flushFileBuffersAsync: async (file) => {
        starting();
        await os.flushFileBuffersAsync(file);
        flushed();
      },
    };
    return osWith(watched);
  }
}
