/** `perdure shm`: the commands for named shared memory. */
import { group, later } from './command.js';

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
  [
    later(
      'create <name>',
      'Create memory, write a text into it, and hold it until told to let go',
      async () => (await import('./shm/create.js')).createCommand,
    ),
    later(
      'read <name>',
      'Show what memory holds: the text up to the first NUL, or bytes',
      async () => (await import('./shm/read.js')).readCommand,
    ),
    later(
      'write <name> <text>',
      'Store a text in memory, or the bytes of standard input',
      async () => (await import('./shm/write.js')).writeCommand,
    ),
    later(
      'watch <name>',
      'Show what memory holds, and again whenever that has changed',
      async () => (await import('./shm/watch.js')).watchCommand,
    ),
    later(
      'close <name>',
      "Ask the 'perdure shm create' that holds memory to let go, and wait until it has",
      async () => (await import('./shm/close.js')).closeCommand,
    ),
    later(
      'list',
      'List the mappings, events and mutexes that have names',
      async () => (await import('./shm/list.js')).listCommand,
    ),
  ],
);
