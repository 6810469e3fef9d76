/** Says how opening and growing a file goes in a process that has reached its limits (ulimit), as one JSON line. */
import { openSync } from 'node:fs';
import { MappedFile } from '../../src/index.js';
import { isPerdureError } from '../../src/os/index.js';

const [what, path] = process.argv.slice(2) as ['descriptors' | 'file size', string];

function outcome(call: () => unknown): unknown {
  try {
    call();
    return 'succeeded';
  } catch (error) {
    if (!isPerdureError(error)) throw error;
    const { code, errnoName, win32Error } = error;
    return { code, errnoName, win32Error };
  }
}

const file = MappedFile.open(path, { mode: 'readwrite', share: 'readwrite' });
if (what === 'descriptors') {
  try {
    for (;;) openSync('/dev/null', 'r');
  } catch {
    // The table of descriptors is full now.
  }
  const opened = outcome(() => MappedFile.open(path));
  console.log(JSON.stringify({ opened, first: file.view().getUint8(0) }));
} else {
  const grown = outcome(() => file.resizeSync(2 ** 24));
  console.log(JSON.stringify({ grown, size: file.size, first: file.view().getUint8(0) }));
}
