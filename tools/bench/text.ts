/** Suite `text`: counting, finding, reading and looking up lines of a large file; memory, and timers meanwhile. */
import type { Suite } from './contest.js';
import { counting } from './text/counting.js';
import { finding } from './text/finding.js';
import { lookingUp } from './text/looking-up.js';
import { memory } from './text/memory.js';
import { reading } from './text/reading.js';
import { timers } from './text/timers.js';

export const suite: Suite = {
  name: 'text',
  contests: [counting, finding, reading, lookingUp, memory, timers],
};
