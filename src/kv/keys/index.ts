export { type AnyKey, anyKey } from './any-key.js';
export { bytesKey } from './bytes-key.js';
export type { KeyCodec } from './key-codec.js';
export { stringKey } from './string-key.js';
