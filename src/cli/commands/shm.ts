/** `perdure shm`: the commands for named shared memory. */
import { group } from './command.js';
import { closeCommand } from './shm/close.js';
import { createCommand } from './shm/create.js';
import { listCommand } from './shm/list.js';
import { readCommand } from './shm/read.js';
import { watchCommand } from './shm/watch.js';
import { writeCommand } from './shm/write.js';

export const shmCommand = group(
  {
    command: 'shm',
    describe: 'Make, read, write and watch memory that processes share by name',
    builder: (yargs) =>
      yargs
        .usage(
          `$0 shm <command>

Named shared memory: it begins as zeros, lives while any process holds it open, and leaves nothing
behind. A name is for this user's processes (on Windows: of this session), or with the prefix
'Global\\' for those of every user.`,
        )
        .example('$0 shm create demo --text hello', 'makes memory and holds it, until you press a key')
        .example('$0 shm read demo', 'shows the text, in another terminal'),
  },
  'shared memory',
  [createCommand, readCommand, writeCommand, watchCommand, closeCommand, listCommand],
);
