/** Suite `mapping`: opening, flushing, reading and searching of mapped files. */
import type { Suite } from './contest.js';
import { flushing } from './mapping/flushing.js';
import { opening } from './mapping/opening.js';
import { randomReads } from './mapping/random-reads.js';
import { searching } from './mapping/searching.js';

export const suite: Suite = {
  name: 'mapping',
  contests: [...opening, ...flushing, ...randomReads, searching],
};
