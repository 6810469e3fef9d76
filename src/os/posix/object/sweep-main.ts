/** What a watcher runs when its process was killed: removes the objects that nobody holds. `#sweep-main` in package.json. */
import { closeSync } from 'node:fs';
import { loadLibc } from '../libc.js';
import { sweep } from './life-cycle.js';
import { allPlaces, removeEmptyFolder } from './namespace.js';

const libc = loadLibc(process.platform === 'linux' ? 'linux' : 'macos');
for (const path of allPlaces()) {
  const alive = sweep(libc, path);
  if (alive !== undefined) closeSync(alive);
}
removeEmptyFolder();
