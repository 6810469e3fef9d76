/** `perdure shm create`: creates memory, writes a text into it, and holds it. */
import { PerdureError } from '../../../os/index.js';
import type { ObjectAccess, SharedMemory } from '../../../shared/index.js';
import { UsageError } from '../../errors.js';
import { byteSize, print } from '../../output.js';
import { Keeper } from '../../shared/keeper.js';
import { EVERYONE_OPTION, fullName, GLOBAL_OPTION, NAME_POSITIONAL } from '../../shared/object-name.js';
import { createMemory } from '../../shared/open-objects.js';
import { ENCODINGS, type Encoding, encode } from '../../shared/text.js';
import { onInput, onSignal, seconds } from '../../shared/told-to-end.js';
import { command, wholeNumber } from '../command.js';

const DEFAULT_SIZE_BYTES = 4096;

export const createCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 shm create <name>

Creates memory under a name that nobody has, writes the text and a NUL into it, and holds it until
a key is pressed, standard input ends or brings a line, 'perdure shm close' asks for it, or a signal
ends it. Then it is gone, unless another process holds it, too.`,
      )
      .positional('name', NAME_POSITIONAL)
      .option('size', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--size', 1),
        describe: `Its length in bytes; ${DEFAULT_SIZE_BYTES} unless given`,
      })
      .option('text', { type: 'string', requiresArg: true, describe: 'What to write at its beginning' })
      .option('encoding', {
        choices: ENCODINGS,
        default: 'utf8' as const,
        describe: 'Of the text; Windows programs expect utf16le (wide) or latin1 (ANSI, nearly)',
      })
      .option('global', GLOBAL_OPTION)
      .option('fallback-local', {
        type: 'boolean',
        default: false,
        describe: 'Where a global name is denied, create the local one, and say so',
      })
      .option('everyone', EVERYONE_OPTION)
      .option('hold', {
        type: 'string',
        requiresArg: true,
        coerce: seconds('--hold', { from: 'zero', forever: true }),
        describe: "Hold it so many seconds, or 'forever', instead of looking at standard input",
      })
      .example('$0 shm create MMFSharedData --size 4096 --text hello', 'until you press a key')
      .example("$0 shm create 'Global\\MyFileMappingObject' --fallback-local --hold forever", ''),
  handler: async (argv) => {
    const name = fullName(argv.name, argv.global);
    if (argv.fallbackLocal && !name.startsWith('Global\\')) {
      throw new UsageError('--fallback-local is for global names');
    }
    const size = argv.size ?? DEFAULT_SIZE_BYTES;
    const bytes = argv.text === undefined ? undefined : terminated(argv.text, argv.encoding, size);
    const access: ObjectAccess = argv.everyone ? 'everyone' : 'owner';
    const { memory, fellBack } = createMemory(name, { size, access, fallbackLocal: argv.fallbackLocal });
    try {
      if (fellBack) process.stderr.write(`'${name}' is denied; it is '${memory.name}' now\n`);
      if (bytes) memory.view().write(0, bytes);
      await hold(memory, access, argv.hold, argv.json);
    } finally {
      memory.close();
    }
  },
});

/** The text with its NUL. @throws INVALID_VALUE where it does not fit */
function terminated(text: string, encoding: Encoding, size: number): Buffer {
  const bytes = encode(`${text}\0`, encoding);
  if (bytes.length <= size) return bytes;
  throw new PerdureError(
    'INVALID_VALUE',
    `the text and its NUL take ${bytes.length} bytes in ${encoding}, which do not fit ${size}; give a larger --size`,
  );
}

async function hold(
  memory: SharedMemory,
  access: ObjectAccess,
  holdMs: number | undefined,
  json: boolean,
): Promise<void> {
  using keeper = await Keeper.of(memory.name, access);
  const over = new AbortController();
  const end = () => over.abort();
  const forget = [onSignal(end)];
  const timer = holdMs !== undefined && Number.isFinite(holdMs) ? setTimeout(end, holdMs) : undefined;
  try {
    await print(json ? JSON.stringify({ name: memory.name, sizeBytes: memory.size }) : told(memory, holdMs));
    if (holdMs === undefined) forget.push(onInput(end));
    await keeper.asked(over.signal).catch((error) => {
      if (!over.signal.aborted) throw error;
    });
  } finally {
    clearTimeout(timer);
    for (const stop of forget) stop();
    memory.close();
  }
}

function told({ name, size }: SharedMemory, holdMs: number | undefined): string {
  const end = process.stdin.isTTY ? 'Press a key' : 'End standard input, or send it a line,';
  const how = holdMs === undefined ? ` ${end} to let it go.` : '';
  return `'${name}' is there, ${byteSize(size)}.${how}`;
}
