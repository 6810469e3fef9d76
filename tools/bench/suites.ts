/** The suites by name: each is one file, loaded when it is asked for. */
import type { Suite } from './contest.js';

const LOADERS: Readonly<Record<string, () => Promise<{ suite: Suite }>>> = {
  records: () => import('./records.js'),
  mapping: () => import('./mapping.js'),
  shared: () => import('./shared.js'),
  text: () => import('./text.js'),
  kv: () => import('./kv.js'),
};

export const SUITES = Object.keys(LOADERS);

export async function loadSuite(name: string): Promise<Suite> {
  const { suite } = await LOADERS[name]!();
  return suite;
}
