/** The command line as a whole: its commands, the options they share, and what its exit code means. */
import { existsSync, readFileSync } from 'node:fs';
import yargs from 'yargs';
import { commandMeant } from './command-meant.js';
import { channelCommand } from './commands/channel.js';
import { type Group, type LaterCommand, later, withCommands } from './commands/command.js';
import { kvCommand } from './commands/kv.js';
import { recordsCommand } from './commands/records.js';
import { shmCommand } from './commands/shm.js';
import { textCommands } from './commands/text.js';
import { EXIT_OK, reportError, UsageError } from './errors.js';
import { masked, unmasked, unmaskedMessage } from './literal.js';
import { usageMessage } from './usage-message.js';

const EPILOGUE = `Exit codes: 0 done; 1 the operation failed (one line on stderr says why, with a code in brackets);
2 the command line was wrong.

'perdure <command> --help' explains a command. What follows '--' is no option. Colour is for terminals
only; NO_COLOR=1 turns it off.`;

const inspectCommand = later(
  'inspect <file>',
  "Show a file's size, what of it is in memory, and a record file's header",
  async () => (await import('./commands/inspect.js')).inspectCommand,
);

const ROOT: Group = {
  commands: [recordsCommand, inspectCommand, shmCommand, channelCommand, kvCommand, ...textCommands],
  handler: () => {},
};

/** Runs one command line and returns its exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await (commandMeant(args, ROOT).command as Partial<LaterCommand>).prepare?.();
    await parser(args).parseAsync();
    return EXIT_OK;
  } catch (error) {
    return reportError(error instanceof UsageError ? new UsageError(unmaskedMessage(error.message)) : error);
  }
}

function parser(args: readonly string[]) {
  return withCommands(yargs(masked(args)), ROOT.commands, 'say what to do')
    .scriptName('perdure')
    .usage(
      `$0 <command>

Typed records and sorted stores in real files, mapped into memory, and memory that processes share.

A record file holds any number of records of one fixed layout, like a table with typed
columns. Make one from a CSV or JSON file with 'perdure records import', then look at it,
change it and export it again. Programs open the same file in no time, whatever its size.

A store is a sorted map in a file, changed by transactions: 'perdure kv'.

Shared memory has a name and lives while a process holds it: 'perdure shm' makes, reads and
writes it. A channel hands messages from process to process through such memory.`,
    )
    .option('json', {
      type: 'boolean',
      default: false,
      describe: 'Print JSON for programs instead of text for people',
      global: true,
    })
    .example('$0 records import cities.csv cities.rec', 'make a record file from a CSV file')
    .example('$0 records show cities.rec --limit 5', 'look at its first records')
    .example('$0 inspect cities.rec', 'its size, its header, and how much of it is in memory')
    .example('$0 kv set settings.store colour blue', 'a value under a key, in a store')
    .example('$0 shm create demo --text hello', "memory for 'perdure shm read demo' in another terminal")
    .example('$0 channel send demo', "lines for 'perdure channel receive demo' in another terminal")
    .epilogue(EPILOGUE)
    .strict()
    .recommendCommands()
    .locale('en')
    .help()
    .alias('help', 'h')
    .version(packageVersion())
    .wrap(Math.min(process.stdout.columns || 100, 110))
    .middleware((argv) => {
      for (const [name, value] of Object.entries(argv)) argv[name] = unmasked(value);
    }, true)
    .check(refuseRepeats, true)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs gives a message for what its own checks refuse, and only the error for what a command throws.
      if (!message || error instanceof UsageError) throw error;
      throw new UsageError(usageMessage(message, args, ROOT));
    });
}

/** Options that may be given several times are declared as arrays; any other that is was a slip. */
const REPEATABLE = new Set(['where', 'rename', 'fields', 'columns', 'assignments', 'message']);

function refuseRepeats(argv: Record<string, unknown>): true {
  for (const [name, value] of Object.entries(argv)) {
    if (Array.isArray(value) && name !== '_' && !REPEATABLE.has(name)) {
      throw new UsageError(`--${name} is given more than once`);
    }
  }
  return true;
}

function packageVersion(): string {
  // From src/cli, or from dist/src/cli, up to the package's root.
  for (const up of ['../../', '../../../']) {
    const path = new URL(`${up}package.json`, import.meta.url);
    if (existsSync(path)) return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}
