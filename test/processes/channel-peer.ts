/** A process that opens sides of channels and does with them what the test asks for. */
import { Channel, type Consumer, type Message, type Producer } from '../../src/shared/channel/index.js';
import { answerRequests } from '../support/answers.js';

export interface Received {
  text: string;
  sequence: number;
  producer: number;
  redelivered: boolean;
}

export type ChannelRequest =
  | { do: 'produce'; name: string; capacityBytes?: number }
  | { do: 'consume'; name: string; follow?: boolean }
  | { do: 'send'; text: string; timeoutMs?: number }
  /** Sends messages of a size until no more fit, and tells how many. */
  | { do: 'fill'; lengthBytes: number }
  /** Sends in a loop until it is killed. */
  | { do: 'flood'; lengthBytes: number }
  | { do: 'receive'; timeoutMs?: number }
  /** Takes a message and keeps it. */
  | { do: 'take' }
  /** Receives in a loop until it is killed. */
  | { do: 'drain' }
  | { do: 'peers' }
  /** The peers that were lost, as this process was told. */
  | { do: 'lost' }
  | { do: 'close' };

let producer: Producer | undefined;
let consumer: Consumer | undefined;
const lost: string[] = [];
const onPeerLost = ({ role, number }: { role: string; number: number }) => lost.push(`${role} ${number}`);

function plain(message: Message | undefined): Received | null {
  if (!message) return null;
  const { sequence, producer: from, redelivered } = message;
  return { text: message.toString(), sequence, producer: from, redelivered };
}

async function forever(turn: () => Promise<unknown>): Promise<never> {
  for (;;) await turn();
}

answerRequests<ChannelRequest>(async (request) => {
  const limits =
    'timeoutMs' in request && request.timeoutMs !== undefined ? { timeoutMs: request.timeoutMs } : {};
  switch (request.do) {
    case 'produce': {
      const { capacityBytes } = request;
      producer = Channel.producer(request.name, { onPeerLost, ...(capacityBytes && { capacityBytes }) });
      return producer.number;
    }
    case 'consume':
      consumer = Channel.consumer(request.name, { onPeerLost, follow: request.follow ?? false });
      return consumer.capacityBytes;
    case 'send':
      return producer!.send(request.text, limits);
    case 'fill': {
      const bytes = Buffer.alloc(request.lengthBytes);
      let sent = 0;
      while (producer!.trySend(bytes)) sent++;
      return sent;
    }
    case 'flood': {
      const bytes = Buffer.alloc(request.lengthBytes, 0x61);
      void forever(() => producer!.send(bytes));
      return true;
    }
    case 'receive':
      return plain(await consumer!.receive(limits));
    case 'take':
      return plain(await consumer!.take());
    case 'drain':
      void forever(() => consumer!.receive());
      return true;
    case 'peers':
      return { producers: consumer?.producers, consumers: producer?.consumers };
    case 'lost':
      return lost;
    case 'close':
      producer?.close();
      consumer?.close();
      return true;
  }
});
