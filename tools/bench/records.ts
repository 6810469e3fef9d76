/** Suite `records`: reading, updating and appending typed records. */
import type { Suite } from './contest.js';
import { appending } from './records/appending.js';
import { columnSum } from './records/column-sum.js';
import { randomReads } from './records/random-reads.js';
import { randomUpdates } from './records/random-updates.js';
import { scanning } from './records/scanning.js';

export const suite: Suite = {
  name: 'records',
  contests: [scanning, columnSum, ...randomReads, randomUpdates, appending],
};
