/**
 * Readers that nobody ended: what they hold is released when they are collected as garbage. A safety net; until then
 * the pages that they see cannot be used again, and the file may grow.
 */
import type { Releasable } from './tree-source.js';

const registry = new FinalizationRegistry<Releasable>((held) => held.release());

export function releaseAbandoned(reader: object, held: Releasable): void {
  registry.register(reader, held, reader);
}

/** The reader has ended by itself. False where it did before. */
export function forgetAbandoned(reader: object): boolean {
  return registry.unregister(reader);
}
