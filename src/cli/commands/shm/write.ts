/** `perdure shm write`: stores a text, or bytes, in memory that is there. */
import { PerdureError } from '../../../os/index.js';
import { SharedEvent, SharedMemory } from '../../../shared/index.js';
import { plural, print } from '../../output.js';
import { GLOBAL_OPTION, objectName } from '../../shared/object-name.js';
import { ENCODINGS, encode } from '../../shared/text.js';
import { command, wholeNumber } from '../command.js';

export const writeCommand = command({
  command: 'write <name> <text>',
  describe: 'Store a text in memory, or the bytes of standard input',
  builder: (yargs) =>
    yargs
      .usage(
        `$0 shm write <name> <text>

Stores a text and a NUL behind it in memory that some process holds; with '-' the bytes of standard
input, as they are. Nobody is kept from reading or writing meanwhile.`,
      )
      .positional('name', { type: 'string', demandOption: true, describe: 'The name' })
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
    using memory = SharedMemory.open(objectName(argv.name, argv.global));
    // Before anything is stored: a name that is wrong changes nothing.
    using event =
      argv.event === undefined ? undefined : SharedEvent.open(objectName(argv.event, argv.global));
    const room = memory.size - offset;
    const bytes = argv.text === '-' ? await input(room) : encode(`${argv.text}\0`, argv.encoding);
    memory.view().write(offset, bytes);
    event?.set();
    if (argv.json) return print(JSON.stringify({ name: memory.name, offset, lengthBytes: bytes.length }));
    await print(`${plural(bytes.length, 'byte')} stored at ${offset} of '${memory.name}'`);
  },
});

/** Standard input, which is no longer than `most`. */
async function input(most: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > most) {
      throw new PerdureError(
        'OUT_OF_BOUNDS',
        `standard input is longer than the ${Math.max(most, 0)} bytes there are`,
      );
    }
  }
  return Buffer.concat(pieces);
}
