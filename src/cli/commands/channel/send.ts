/** `perdure channel send`: each line of standard input as a message. */
import { isPerdureError, PerdureError } from '../../../os/index.js';
import { MAX_CAPACITY_BYTES } from '../../../shared/channel/format.js';
import type { Producer } from '../../../shared/index.js';
import { UsageError } from '../../errors.js';
import { linesOf } from '../../shared/lines.js';
import { EVERYONE_OPTION, fullName, GLOBAL_OPTION } from '../../shared/object-name.js';
import { openProducer } from '../../shared/open-objects.js';
import { tellLost, tellWaiting } from '../../shared/peers.js';
import { command, wholeNumber } from '../command.js';

export const sendCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 channel send <name>

Sends each line of standard input as a message, and ends when all of them were received. While
nobody receives, the channel takes what it has room for and the rest waits. When the last receiver
is lost, that is told, and the next one goes on where it was.`,
      )
      .positional('name', { type: 'string', demandOption: true, describe: 'The name' })
      .option('message', {
        type: 'string',
        array: true,
        nargs: 1,
        describe: 'Send this instead of standard input; may be repeated',
      })
      .option('raw', {
        type: 'boolean',
        default: false,
        describe: "Send the bytes of standard input as they come, for a 'receive --raw'",
      })
      .option('capacity', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--capacity', 1, MAX_CAPACITY_BYTES),
        describe: 'Bytes that the channel has room for, if this command makes it; 1 MiB unless given',
      })
      .option('global', GLOBAL_OPTION)
      .option('everyone', EVERYONE_OPTION)
      .example('$0 channel send demo', 'what you type, line by line')
      .example('$0 channel send demo --message hello', '')
      .example('tar c folder | $0 channel send demo --raw', "'perdure channel receive demo --raw | tar x'"),
  handler: async (argv) => {
    if (argv.raw && argv.message) throw new UsageError('--raw and --message exclude each other');
    const name = fullName(argv.name, argv.global);
    // Closed only when everything was sent: to the receivers a failure is a loss, and not the end.
    const producer = openProducer(name, {
      ...(argv.capacity !== undefined && { capacityBytes: argv.capacity }),
      access: argv.everyone ? 'everyone' : 'owner',
      onPeerLost: tellLost,
    });
    if (producer.consumers === 0) tellWaiting('receiver', name);
    const stdin = process.stdin as AsyncIterable<Buffer>;
    if (argv.message) await sendMessages(producer, argv.message);
    else if (argv.raw) await sendBytes(producer, stdin);
    else await sendLines(producer, stdin);
    await withoutReceivers(() => producer.drained());
    producer.close();
  },
});

async function sendMessages(producer: Producer, messages: readonly string[]): Promise<void> {
  const bytes = messages.map((message) => Buffer.from(message));
  if (bytes.some(({ length }) => length > producer.capacityBytes)) throw tooLong('message', producer);
  for (const message of bytes) await send(producer, message);
}

async function sendLines(producer: Producer, input: AsyncIterable<Buffer>): Promise<void> {
  for await (const lines of linesOf(input, producer.capacityBytes, () => tooLong('line', producer))) {
    for (const line of lines) await send(producer, line);
  }
}

function tooLong(what: string, { capacityBytes }: Producer): PerdureError {
  return new PerdureError(
    'TOO_LARGE',
    `a ${what} is longer than the ${capacityBytes} bytes that the channel has room for; use --capacity`,
  );
}

async function sendBytes(producer: Producer, input: AsyncIterable<Buffer>): Promise<void> {
  const most = producer.capacityBytes;
  for await (const piece of input) {
    for (let at = 0; at < piece.length; at += most) await send(producer, piece.subarray(at, at + most));
  }
}

/** Copies the message as soon as there is room: at the pace of the receivers. */
async function send(producer: Producer, message: Buffer): Promise<void> {
  if (!producer.trySend(message)) await withoutReceivers(() => producer.send(message));
}

/** Does what needs a receiver, and waits for another one where the last was lost, which was told. */
async function withoutReceivers(act: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isPerdureError(error, 'PEER_LOST')) throw error;
    }
  }
}
