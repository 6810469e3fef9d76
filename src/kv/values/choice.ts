/** How a table's value codec is chosen: by name, or by itself. */
import { show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { bytesValue } from './bytes-value.js';
import { jsonValue } from './json-value.js';
import { messagePackValue } from './messagepack-value.js';
import { stringValue } from './string-value.js';
import type { ValueCodec } from './value-codec.js';

/** The type of the values of each codec, by the codec's name. */
export interface ValueTypes {
  bytes: Uint8Array;
  string: string;
  json: unknown;
  messagepack: unknown;
}

export type ValueChoice = keyof ValueTypes | ValueCodec<unknown>;

/** The type of the values of a chosen codec. */
export type ValueTypeOf<C> = C extends keyof ValueTypes
  ? ValueTypes[C]
  : C extends ValueCodec<infer V>
    ? V
    : never;

const NAMED: readonly ValueCodec<unknown>[] = [bytesValue, stringValue, jsonValue, messagePackValue];

/** @throws INVALID_ARGUMENT */
export function chosenValueCodec(choice: unknown, what: string): ValueCodec<unknown> {
  const named = NAMED.find(({ name }) => name === choice);
  if (named !== undefined) return named;
  if (isCodec(choice)) return choice;
  const names = NAMED.map(({ name }) => `'${name}'`).join(', ');
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `${what} must be ${names} or a value codec (an object with id, 1 to 255, encode and decode), not ${show(choice)}`,
  );
}

/** The codec that a file names; undefined for one that has to be given. */
export function valueCodecById(id: number): ValueCodec<unknown> | undefined {
  return NAMED.find((each) => each.id === id);
}

function isCodec(choice: unknown): choice is ValueCodec<unknown> {
  if (typeof choice !== 'object' || choice === null) return false;
  const { id, encode, decode } = choice as Partial<ValueCodec<unknown>>;
  const isId = Number.isInteger(id) && id! > 0 && id! < 256;
  return isId && typeof encode === 'function' && typeof decode === 'function';
}
