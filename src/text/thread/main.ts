/** The entry of a helper thread: `#text-thread` in package.json. It ends with its work. */
import { workerData } from 'node:worker_threads';
import { type CountJob, countParts } from './count-parts.js';

countParts(workerData as CountJob);
