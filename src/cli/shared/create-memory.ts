/** Creating memory under a global name, where that may not be permitted. */
import { isPerdureError } from '../../os/index.js';
import { type ObjectAccess, SharedMemory } from '../../shared/index.js';

export const GLOBAL = 'Global\\';

export interface CreateOptions {
  readonly size: number;
  readonly access: ObjectAccess;
  /** Create it under the local name where the global one is denied: Windows asks for SeCreateGlobalPrivilege. */
  readonly fallbackLocal: boolean;
}

/** @returns the memory, and whether it has the local name in the place of the global one that was asked for */
export function createMemory(
  name: string,
  { size, access, fallbackLocal }: CreateOptions,
  create: typeof SharedMemory.create = SharedMemory.create,
): { memory: SharedMemory; fellBack: boolean } {
  try {
    return { memory: create(name, { size, access }), fellBack: false };
  } catch (error) {
    if (!fallbackLocal || !name.startsWith(GLOBAL) || !isPerdureError(error, 'ACCESS_DENIED')) throw error;
    const local = `Local\\${name.slice(GLOBAL.length)}`;
    return { memory: create(local, { size, access }), fellBack: true };
  }
}
