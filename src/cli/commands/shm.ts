/** `perdure shm`: the commands for named shared memory. */
import { command } from './command.js';
import { closeCommand } from './shm/close.js';
import { createCommand } from './shm/create.js';
import { listCommand } from './shm/list.js';
import { readCommand } from './shm/read.js';
import { watchCommand } from './shm/watch.js';
import { writeCommand } from './shm/write.js';

export const shmCommand = command({
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
      .command([createCommand, readCommand, writeCommand, watchCommand, closeCommand, listCommand])
      .demandCommand(1, 'say what to do with shared memory: create, read, write, watch, close or list'),
  handler: () => {},
});
