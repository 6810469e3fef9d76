/** Messages between processes: a bounded queue in a named mapping. */
export { Channel } from './channel.js';
export type { Consumer } from './consumer.js';
export type { Message, TakenMessage } from './message.js';
export type { ChannelOptions, ConsumerOptions, LostPeer } from './options.js';
export type { Producer } from './producer.js';
