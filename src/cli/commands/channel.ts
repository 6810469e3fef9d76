/** `perdure channel`: messages between processes. */
import { group, later } from './command.js';

export const channelCommand = group(
  {
    command: 'channel',
    describe: 'Send and receive messages between processes, in order and none twice',
    builder: (yargs) =>
      yargs.usage(
        `$0 channel <command>

A channel is a queue of messages in shared memory. It is there while anybody sends or receives, and
holds back senders that are faster than the receivers.`,
      ),
  },
  'a channel',
  [
    later(
      'send <name>',
      'Send each line of standard input as a message',
      async () => (await import('./channel/send.js')).sendCommand,
    ),
    later(
      'receive <name>',
      'Print each message as a line, until the senders have ended',
      async () => (await import('./channel/receive.js')).receiveCommand,
    ),
  ],
);
