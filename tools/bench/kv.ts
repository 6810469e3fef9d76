/** Suite `kv`: the key-value store. */
import type { Suite } from './contest.js';
import { cities } from './kv/cities.js';
import { commits } from './kv/committing.js';
import { largeValues } from './kv/large-values.js';
import { loading } from './kv/loading.js';
import { memory } from './kv/memory.js';
import { mixes } from './kv/mixed.js';
import { opening } from './kv/opening.js';
import { reading } from './kv/reading.js';

export const suite: Suite = {
  name: 'kv',
  contests: [...reading, ...loading, ...commits, opening, memory, ...mixes, ...largeValues, ...cities],
};
