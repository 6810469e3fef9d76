/** `perdure shm close`: has the process that holds memory by `perdure shm create` let go of it. */
import { print } from '../../output.js';
import { askToClose } from '../../shared/keeper.js';
import { fullName, GLOBAL_OPTION, NAME_POSITIONAL } from '../../shared/object-name.js';
import { seconds } from '../../shared/told-to-end.js';
import { command } from '../command.js';

const DEFAULT_TIMEOUT_MS = 10_000;

export const closeCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 shm close <name>

Asks the 'perdure shm create' that holds the memory to let go, and waits until it has. A program of
another kind cannot be asked: the memory is gone when the last one that holds it lets go.`,
      )
      .positional('name', NAME_POSITIONAL)
      .option('global', GLOBAL_OPTION)
      .option('timeout', {
        type: 'string',
        requiresArg: true,
        coerce: seconds('--timeout', { from: 'above zero', forever: true }),
        describe: `Seconds to wait at most, or 'forever'; ${DEFAULT_TIMEOUT_MS / 1000} unless given`,
      })
      .example('$0 shm close MMFSharedData', ''),
  handler: async (argv) => {
    const name = fullName(argv.name, argv.global);
    const { timeout = DEFAULT_TIMEOUT_MS } = argv;
    const { stillHeld } = await askToClose(name, timeout);
    if (argv.json) return print(JSON.stringify({ name, stillHeld }));
    await print(
      stillHeld ? `'${name}' was let go of, but another process still holds it` : `'${name}' is closed`,
    );
  },
});
