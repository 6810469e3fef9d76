export { type AnyKey, anyKey } from './any-key.js';
export { bytesKey } from './bytes-key.js';
export { anyKeyOf, type KeyChoice, type KeyTypeOf, type KeyTypes } from './choice.js';
export type { KeyCodec } from './key-codec.js';
export { stringKey } from './string-key.js';
