/** What records stand in: a mapped file, or a view of a file or of shared memory. */
import type { MappedFile, OpenMode, Range, View } from '../mapping/index.js';
import type { ViewDependent } from '../mapping/view.js';
import { fillHoles } from './blocks.js';

/** Bytes that hold whole records. They begin at a multiple of 8 of their ArrayBuffer, and of memory. */
export interface Stretch {
  readonly bytes: Buffer;
  /** Where in the ground they begin. */
  readonly offset: number;
  /** Notes bytes that are about to be stored. */
  markWritten(offset: number, length: number): void;
}

export interface Ground {
  /** The file's path, or the memory's name. */
  readonly path: string;
  readonly mode: OpenMode;
  /** Length in bytes. */
  readonly size: number;
  stretch(offset: number, length: number): Stretch;
  /** Sees to it that no store into the range meets a hole. @throws DISK_FULL */
  fillHoles(range: Range): void;
}

/** A file: each stretch is a view of its own, which is closed with the file. */
export class FileGround implements Ground {
  readonly #file: MappedFile;

  constructor(file: MappedFile) {
    this.#file = file;
  }

  get path(): string {
    return this.#file.path;
  }

  get mode(): OpenMode {
    return this.#file.mode;
  }

  get size(): number {
    return this.#file.size;
  }

  stretch(offset: number, length: number): Stretch {
    return this.#file.view(offset, length);
  }

  fillHoles(range: Range): void {
    fillHoles(this.#file, range);
  }
}

/** A view: stretches are parts of it. Its holes, where it shows a sparse file, are for whoever opened that. */
export class ViewGround implements Ground, ViewDependent {
  /** What to do when the view is closed. */
  closing = () => {};
  readonly #view: View;
  readonly size: number;

  /** @param size of the view's bytes, those that records may take up */
  constructor(view: View, size: number) {
    this.#view = view;
    this.size = size;
    view.addDependent(this);
  }

  viewClosing(): void {
    this.closing();
  }

  get path(): string {
    return this.#view.path;
  }

  /** Whether it is private, a view does not say, and records need not know. */
  get mode(): OpenMode {
    return this.#view.writable ? 'readwrite' : 'readonly';
  }

  stretch(offset: number, length: number): Stretch {
    const view = this.#view;
    return {
      bytes: view.bytes.subarray(offset, offset + length),
      offset,
      markWritten: (at, bytes) => view.markWritten(offset + at, bytes),
    };
  }

  fillHoles(): void {}
}
