/** Changing a store that may not be there yet: a new one takes its name only when it is complete and on the disk. */
import { existsSync, rmSync } from 'node:fs';
import { Replacement } from '../replacement.js';

/**
 * @param force a store that exists is replaced by the new one
 * @param change is given the path to open, and closes the store
 */
export async function inStore<T>(
  path: string,
  force: boolean,
  change: (path: string) => Promise<T>,
): Promise<T> {
  if (existsSync(path) && !force) return await change(path);
  using replacement = new Replacement(path, force);
  // What a killed process of the same number left would be added to.
  rmSync(replacement.path, { force: true });
  const result = await change(replacement.path);
  replacement.commit();
  return result;
}
