/**
 * Channel: a bounded queue of messages in a named mapping, between processes and threads of one machine.
 *
 * One ring, any number of producers and consumers up to 32 together; each message goes to one consumer. Sending and
 * receiving cross no boundary to the system while both sides are at work: a message is copied into the ring and out of it,
 * and nothing else happens. See format.ts for the memory, membership.ts for who takes part, waiting-line.ts for waiting.
 */
import { Consumer } from './consumer.js';
import type { ChannelOptions, ConsumerOptions } from './options.js';
import { Producer } from './producer.js';

export const Channel = {
  /**
   * Opens the sending side of a channel, and creates the channel if nobody has it open.
   * @param name a name without backslash, or with the prefix Local\ or Global\; of at most 244 characters, where a name
   *   without prefix counts 6 more
   * @throws INVALID_ARGUMENT, also where the channel exists with less capacity than asked for; TOO_MANY_OPEN where it has
   *   32 peers; INVALID_HANDLE where an event or a mutex has the name; CORRUPT where another mapping has it;
   *   VERSION_UNSUPPORTED, ACCESS_DENIED, OUT_OF_MEMORY
   */
  producer(name: string, options: ChannelOptions = {}): Producer {
    return new Producer(name, options);
  },

  /** Opens the receiving side of a channel, and creates the channel if nobody has it open. See `producer`. */
  consumer(name: string, options: ConsumerOptions = {}): Consumer {
    return new Consumer(name, options);
  },
} as const;
