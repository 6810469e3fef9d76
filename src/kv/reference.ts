/**
 * References: what a leaf holds in place of a value that lies elsewhere. See format.ts.
 */
import { REFERENCE } from './format.js';
import type { PageMemory } from './page-memory.js';

export interface Reference {
  /** LARGE_VALUE. */
  readonly kind: number;
  /** The commit that wrote it. */
  readonly commit: number;
  readonly firstPage: number;
  readonly sum: number;
  /** Bytes of the value. */
  readonly length: number;
}

export function readReference(memory: PageMemory, at: number): Reference {
  const { data, u8 } = memory;
  return {
    kind: u8[at + REFERENCE.kind],
    commit:
      data.getUint16(at + REFERENCE.commit, true) + data.getUint32(at + REFERENCE.commit + 2, true) * 2 ** 16,
    firstPage: data.getUint32(at + REFERENCE.firstPage, true),
    sum: data.getUint32(at + REFERENCE.sum, true),
    length:
      data.getUint32(at + REFERENCE.length, true) + data.getUint16(at + REFERENCE.lengthHigh, true) * 2 ** 32,
  };
}

export function writeReference(into: Uint8Array, reference: Reference): void {
  const data = new DataView(into.buffer, into.byteOffset, into.length);
  into.fill(0);
  into[REFERENCE.kind] = reference.kind;
  data.setUint16(REFERENCE.commit, reference.commit % 2 ** 16, true);
  data.setUint32(REFERENCE.commit + 2, Math.floor(reference.commit / 2 ** 16), true);
  data.setUint32(REFERENCE.firstPage, reference.firstPage, true);
  data.setUint32(REFERENCE.sum, reference.sum, true);
  data.setUint32(REFERENCE.length, reference.length >>> 0, true);
  data.setUint16(REFERENCE.lengthHigh, Math.floor(reference.length / 2 ** 32), true);
}
