/** `perdure channel`: messages between processes. */
import { receiveCommand } from './channel/receive.js';
import { sendCommand } from './channel/send.js';
import { group } from './command.js';

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
  [sendCommand, receiveCommand],
);
