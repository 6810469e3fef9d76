/** `perdure channel receive`: prints the messages of a channel. */
import type { Message } from '../../../shared/index.js';
import { UsageError } from '../../errors.js';
import { handOver } from '../../output.js';
import { EVERYONE_OPTION, fullName, GLOBAL_OPTION } from '../../shared/object-name.js';
import { openConsumer } from '../../shared/open-objects.js';
import { tellLost, tellWaiting } from '../../shared/peers.js';
import { shown } from '../../shared/text.js';
import { command, wholeNumber } from '../command.js';

const NEWLINE = Buffer.from('\n');
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Plus the number of the signal: the exit code by which shells know a program that a signal ended. */
const EXIT_SIGNAL = 128;

export const receiveCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 channel receive <name>

Prints each message as a line, at the pace of whoever reads them, until the last sender has ended.
Where that was killed instead, everything it sent is printed first, and the command fails. Each
message goes to one receiver; it counts as received once it was printed. Where a signal ends it, the
exit code is 128 and the signal's number, and what it had not printed is for the next receiver.`,
      )
      .positional('name', { type: 'string', demandOption: true, describe: 'The name' })
      .option('count', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--count', 1),
        describe: 'End after so many messages',
      })
      .option('follow', {
        type: 'boolean',
        default: false,
        describe: 'Wait for the next sender when the last one has ended, or was lost',
      })
      .option('raw', {
        type: 'boolean',
        default: false,
        describe: "Print the bytes alone, without line ends, of a 'send --raw'",
      })
      .option('global', GLOBAL_OPTION)
      .option('everyone', EVERYONE_OPTION)
      .example('$0 channel receive demo', '')
      .example('$0 channel receive demo --follow --json | jq .text', ''),
  handler: async (argv) => {
    const { count = Number.POSITIVE_INFINITY } = argv;
    if (argv.raw && argv.json) throw new UsageError('--raw and --json exclude each other');
    const name = fullName(argv.name, argv.global);
    using consumer = openConsumer(name, {
      follow: argv.follow,
      access: argv.everyone ? 'everyone' : 'owner',
      onPeerLost: tellLost,
    });
    if (consumer.producers === 0) tellWaiting('sender', name);
    // However this process ends, the message in its hands is for another receiver. Before the objects of the system are let
    // go of: nobody is to see a lost receiver.
    const close = () => consumer.close();
    process.prependListener('exit', close);
    const endedBy = (_: NodeJS.Signals, number: number) => process.exit(EXIT_SIGNAL + number);
    for (const signal of SIGNALS) process.once(signal, endedBy);
    const line = argv.raw ? bytesOf : argv.json ? jsonLine : textLine;
    try {
      for (let received = 0; received < count; received++) {
        using message = await consumer.take();
        if (message === undefined) return;
        await handOver(line(message));
      }
    } finally {
      for (const signal of SIGNALS) process.off(signal, endedBy);
      process.off('exit', close);
    }
  },
});

function bytesOf({ bytes }: Message): Buffer {
  return bytes;
}

function textLine({ bytes }: Message): Uint8Array | string {
  return process.stdout.isTTY ? `${shown(bytes.toString())}\n` : Buffer.concat([bytes, NEWLINE]);
}

function jsonLine({ sequence, producer, redelivered, bytes }: Message): string {
  return `${JSON.stringify({ sequence, producer, redelivered, text: bytes.toString() })}\n`;
}
