export { bytesValue } from './bytes-value.js';
export type { ValueChoice, ValueTypeOf, ValueTypes } from './choice.js';
export { jsonOf, jsonValue } from './json-value.js';
export { messagePackOf, messagePackValue } from './messagepack-value.js';
export { stringValue } from './string-value.js';
export type { ValueCodec, ValueMemory } from './value-codec.js';
