/** `perdure shm write`: stores a text, or bytes, in memory that is there. */
import { PerdureError } from '../../../os/index.js';
import type { SharedMemory } from '../../../shared/index.js';
import { grouped, plural, print } from '../../output.js';
import { fullName, GLOBAL_OPTION, NAME_POSITIONAL } from '../../shared/object-name.js';
import { openEvent, openMemory } from '../../shared/open-objects.js';
import { ENCODINGS, encode } from '../../shared/text.js';
import { command, wholeNumber } from '../command.js';

export const writeCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 shm write <name> <text>

Stores a text and a NUL behind it in memory that some process holds; with '-' the bytes of standard
input, as they are. Nobody is kept from reading or writing meanwhile.`,
      )
      .positional('name', NAME_POSITIONAL)
      .positional('text', { type: 'string', demandOption: true, describe: "The text, or '-'" })
      .option('offset', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--offset'),
        describe: 'Where the first byte goes; 0 unless given',
      })
      .option('encoding', {
        choices: ENCODINGS,
        default: 'utf8' as const,
        describe: 'Of the text; Windows programs expect utf16le (wide) or latin1 (ANSI, nearly)',
      })
      .option('event', {
        type: 'string',
        requiresArg: true,
        describe: "Set the event of this name afterwards, for a 'perdure shm watch --event'",
      })
      .option('global', GLOBAL_OPTION)
      .example("$0 shm write MMFSharedData 'other data'", '')
      .example('$0 shm write MMFSharedData - --offset 1024 < table.bin', ''),
  handler: async (argv) => {
    const { offset = 0 } = argv;
    using memory = openMemory(fullName(argv.name, argv.global));
    // Before anything is stored: a name that is wrong changes nothing.
    using event = argv.event === undefined ? undefined : openEvent(fullName(argv.event, argv.global));
    const isInput = argv.text === '-';
    const bytes = isInput ? await input(memory, offset) : encode(`${argv.text}\0`, argv.encoding);
    if (bytes.length > room(memory, offset))
      throw tooLong('the text and its NUL take', bytes.length, memory, offset);
    memory.view().write(offset, bytes);
    event?.set();
    if (argv.json) return print(JSON.stringify({ name: memory.name, offset, lengthBytes: bytes.length }));
    const what = isInput ? '' : ', the text and its NUL,';
    await print(`${plural(bytes.length, 'byte')}${what} stored at offset ${offset} of '${memory.name}'`);
  },
});

/** Standard input, which has to fit. */
async function input(memory: SharedMemory, offset: number): Promise<Buffer> {
  const most = room(memory, offset);
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > most) throw tooLong('standard input has at least', length, memory, offset);
  }
  return Buffer.concat(pieces);
}

/** How many bytes there are from an offset on. @throws OUT_OF_BOUNDS where there is no such offset */
function room({ name, size }: SharedMemory, offset: number): number {
  if (offset < size) return size - offset;
  throw new PerdureError(
    'OUT_OF_BOUNDS',
    `--offset ${offset} is beyond '${name}', which has ${plural(size, 'byte')}`,
  );
}

function tooLong(what: string, length: number, memory: SharedMemory, offset: number): PerdureError {
  const there = `'${memory.name}' has ${grouped(room(memory, offset))} from offset ${offset} on`;
  return new PerdureError('OUT_OF_BOUNDS', `too long: ${what} ${plural(length, 'byte')}, and ${there}`);
}
