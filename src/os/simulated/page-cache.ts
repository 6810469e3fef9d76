/**
 * The pages of one simulated file as its processes see them: real memory, backed by the page file, of which any number of
 * views are mapped, beside a copy of what it held when it was last looked at. Stores through views are found by comparing
 * the two, where a writable view is open.
 *
 * Invariants:
 * - memory that is in no chunk is zero, in the file as in every view;
 * - where no writable view is open, `known` is what the memory holds.
 */
import { FILE_MAP_WRITE, INVALID_HANDLE_VALUE, PAGE_READWRITE } from '../constants.js';
import type { MappedView } from '../memory.js';
import type { FileMappingHandle, Os } from '../os.js';

/** What a disk writes as one. */
export const SECTOR_BYTES = 512;
const CHUNK_BYTES = 65536;
const CHUNK_SECTORS = CHUNK_BYTES / SECTOR_BYTES;
/** A sector that nothing was written to. */
export const ZEROS = Buffer.alloc(SECTOR_BYTES);

interface Chunk {
  readonly firstSector: number;
  /** The memory itself. */
  readonly live: Buffer;
  readonly known: Buffer;
  /** Open writable views that reach into it. */
  writers: number;
}

/** Told of a sector that changed: what it held, and what it holds. Both are used again after the call. */
export type SectorChange = (sector: number, before: Buffer, after: Buffer) => void;

export class PageCache {
  readonly #os: Os;
  readonly #capacityBytes: number;
  readonly #chunks = new Map<number, Chunk>();
  readonly #written = new Set<Chunk>();
  #memory: { readonly mapping: FileMappingHandle; readonly view: MappedView } | undefined;

  constructor(os: Os, maxFileBytes: number) {
    this.#os = os;
    this.#capacityBytes = Math.ceil(maxFileBytes / CHUNK_BYTES) * CHUNK_BYTES;
  }

  /** Maps a real view of the pages. @throws as MapViewOfFileEx */
  map(desiredAccess: number, offset: number, length: number, baseAddress: bigint | null): MappedView {
    return this.#os.mapViewOfFileEx(this.#take().mapping, desiredAccess, offset, length, baseAddress);
  }

  /** A writable view of the range was opened: from now on `observe` looks at it. */
  addWriter(offset: number, length: number): void {
    for (const chunk of this.#range(offset, length)) {
      chunk.writers++;
      this.#written.add(chunk);
    }
  }

  /** One was closed. Call `observe` before. */
  removeWriter(offset: number, length: number): void {
    for (const chunk of this.#range(offset, length)) {
      if (--chunk.writers === 0) this.#written.delete(chunk);
    }
  }

  /** Finds what was stored through views since the last call. */
  observe(changed: SectorChange): void {
    for (const chunk of this.#written) {
      if (chunk.live.equals(chunk.known)) continue;
      for (let index = 0; index < CHUNK_SECTORS; index++) {
        const at = index * SECTOR_BYTES;
        if (chunk.live.compare(chunk.known, at, at + SECTOR_BYTES, at, at + SECTOR_BYTES) === 0) continue;
        const known = chunk.known.subarray(at, at + SECTOR_BYTES);
        const live = chunk.live.subarray(at, at + SECTOR_BYTES);
        changed(chunk.firstSector + index, known, live);
        known.set(live);
      }
    }
  }

  /** A sector as it was last looked at. */
  sector(sector: number): Buffer {
    const chunk = this.#chunks.get(Math.floor(sector / CHUNK_SECTORS));
    if (chunk === undefined) return ZEROS;
    const at = (sector % CHUNK_SECTORS) * SECTOR_BYTES;
    return chunk.known.subarray(at, at + SECTOR_BYTES);
  }

  /** The numbers of the sectors that may be other than zero. */
  *sectors(): Generator<number> {
    for (const { firstSector } of this.#chunks.values()) {
      for (let index = 0; index < CHUNK_SECTORS; index++) yield firstSector + index;
    }
  }

  /** Stores bytes by position; views show them. Call `observe` before. */
  store(offset: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = (offset + done) % CHUNK_BYTES;
      const piece = bytes.subarray(done, done + CHUNK_BYTES - at);
      const chunk = this.#chunk(Math.floor((offset + done) / CHUNK_BYTES));
      chunk.live.set(piece, at);
      chunk.known.set(piece, at);
      done += piece.length;
    }
  }

  /** Fills `buffer` with the bytes from `offset` on. */
  read(offset: number, buffer: Uint8Array): void {
    for (let done = 0; done < buffer.length; ) {
      const at = (offset + done) % CHUNK_BYTES;
      const length = Math.min(CHUNK_BYTES - at, buffer.length - done);
      const chunk = this.#chunks.get(Math.floor((offset + done) / CHUNK_BYTES));
      if (chunk === undefined) buffer.fill(0, done, done + length);
      else buffer.set(chunk.live.subarray(at, at + length), done);
      done += length;
    }
  }

  /** Gives the memory back. Views that are still open keep it. */
  close(): void {
    if (this.#memory === undefined) return;
    this.#os.unmapViewOfFile(this.#memory.view);
    this.#os.closeHandle(this.#memory.mapping);
    this.#memory = undefined;
    this.#chunks.clear();
    this.#written.clear();
  }

  *#range(offset: number, length: number): Generator<Chunk> {
    const last = Math.floor((offset + length - 1) / CHUNK_BYTES);
    for (let number = Math.floor(offset / CHUNK_BYTES); number <= last; number++) yield this.#chunk(number);
  }

  #chunk(number: number): Chunk {
    const taken = this.#chunks.get(number);
    if (taken !== undefined) return taken;
    const live = Buffer.from(this.#take().view.window(number * CHUNK_BYTES, CHUNK_BYTES));
    const chunk = { firstSector: number * CHUNK_SECTORS, live, known: Buffer.alloc(CHUNK_BYTES), writers: 0 };
    this.#chunks.set(number, chunk);
    return chunk;
  }

  /** Memory is taken when it is first needed: of many files nothing but the length is ever asked. */
  #take() {
    if (this.#memory === undefined) {
      const os = this.#os;
      const size = this.#capacityBytes;
      const mapping = os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, size, null);
      this.#memory = { mapping, view: os.mapViewOfFile(mapping, FILE_MAP_WRITE, 0, size) };
    }
    return this.#memory;
  }
}
