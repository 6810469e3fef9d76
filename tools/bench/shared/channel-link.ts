/** Two channels, one each way. */
import { Channel } from '../../../src/index.js';
import type { Link } from './link.js';

/** From here on a message is copied out of the ring into memory that is used again, instead of new memory each time. */
const LARGE_BYTES = 65_536;
const RING_MESSAGES = 16;

/** @param first true for the side that sends first */
export function channelLink(name: string, lengthBytes: number, first: boolean): Link {
  const capacityBytes = Math.max(2 ** 20, RING_MESSAGES * (lengthBytes + 16));
  const [there, back] = first ? ['there', 'back'] : ['back', 'there'];
  const out = Channel.producer(`${name}.${there}`, { capacityBytes });
  const inn = Channel.consumer(`${name}.${back}`, { capacityBytes });
  const own = new Uint8Array(lengthBytes);
  const receive = async (handler: Parameters<Link['listen']>[0]) => {
    for (let messages = await inn.receiveMany(); messages.length > 0; messages = await inn.receiveMany()) {
      for (const { bytes } of messages) {
        const answering = handler(bytes);
        if (answering) await answering;
      }
    }
  };
  const copyOut = async (handler: Parameters<Link['listen']>[0]) => {
    for (let message = await inn.take(); message; message = await inn.take()) {
      const { length } = message.bytes;
      own.set(message.bytes);
      message.done();
      await handler(own.subarray(0, length));
    }
  };
  const ended = (error: Error) => {
    if (!inn.closed) throw error;
  };
  return {
    send: (message) => (out.trySend(message) ? undefined : out.send(message)),
    listen: (handler) => {
      void (lengthBytes < LARGE_BYTES ? receive(handler) : copyOut(handler)).catch(ended);
    },
    close: () => {
      out.close();
      inn.close();
    },
  };
}
