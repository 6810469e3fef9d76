/** `perdure shm read`: shows what memory holds. */
import { UsageError } from '../../errors.js';
import { print, writeTo } from '../../output.js';
import { excerptOf, excerptOptions, excerptText } from '../../shared/excerpt.js';
import { fullName, GLOBAL_OPTION, NAME_POSITIONAL } from '../../shared/object-name.js';
import { openMemory } from '../../shared/open-objects.js';
import { command } from '../command.js';

export const readCommand = command({
  builder: (yargs) =>
    excerptOptions(
      yargs
        .usage(
          `$0 shm read <name>

Shows the text up to the first NUL of memory that some process holds.`,
        )
        .positional('name', NAME_POSITIONAL)
        .option('global', GLOBAL_OPTION),
    )
      .option('raw', {
        type: 'boolean',
        default: false,
        describe: 'All of these bytes as they are, for another program',
      })
      .example('$0 shm read MMFSharedData', 'its text')
      .example('$0 shm read MMFSharedData --hex --length 64', 'its first bytes')
      .example('$0 shm read MMFSharedData --raw > copy.bin', ''),
  handler: async (argv) => {
    if (argv.raw && (argv.hex || argv.json)) throw new UsageError('--raw goes with neither --hex nor --json');
    using memory = openMemory(fullName(argv.name, argv.global), { mode: 'readonly' });
    const bytes = excerptOf(memory.view(), memory.name, argv);
    if (argv.raw) return writeTo(process.stdout, bytes);
    await print(excerptText(bytes, memory.name, argv));
  },
});
