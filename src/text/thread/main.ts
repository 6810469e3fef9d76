/** The entry of a helper thread: `#text-thread` in package.json. */
import { parentPort, workerData } from 'node:worker_threads';
import { type CountJob, countBlocks } from './count-blocks.js';

parentPort!.postMessage(countBlocks(workerData as CountJob));
