/** Suite `text`: counting, finding, reading and looking up lines of a large file. */
import type { Suite } from './contest.js';
import { counting } from './text/counting.js';
import { finding } from './text/finding.js';
import { lookingUp } from './text/looking-up.js';
import { reading } from './text/reading.js';

export const suite: Suite = { name: 'text', contests: [counting, finding, reading, lookingUp] };
