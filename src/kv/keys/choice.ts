/** How a table's key codec is chosen: by name, or by itself. */
import { show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { type AnyKey, anyKey } from './any-key.js';
import { bytesKey } from './bytes-key.js';
import type { KeyCodec } from './key-codec.js';
import { stringKey } from './string-key.js';

/** The type of the keys of each codec, by the codec's name. */
export interface KeyTypes {
  any: AnyKey;
  bytes: Uint8Array;
  string: string;
}

export type KeyChoice = keyof KeyTypes | KeyCodec<unknown>;

/** The type of the keys of a chosen codec. */
export type KeyTypeOf<C> = C extends keyof KeyTypes ? KeyTypes[C] : C extends KeyCodec<infer K> ? K : never;

const CODECS: readonly KeyCodec<unknown>[] = [anyKey, bytesKey, stringKey];

/** The codec 'any' for keys of one type, such as `[country: string, city: string]`. The type is not checked at run time. */
export function anyKeyOf<K extends AnyKey>(): KeyCodec<K> {
  return anyKey as KeyCodec<unknown> as KeyCodec<K>;
}

/** @throws INVALID_ARGUMENT */
export function chosenKeyCodec(choice: unknown, what: string): KeyCodec<unknown> {
  const codec = CODECS.find((each) => each === choice || each.name === choice);
  if (codec !== undefined) return codec;
  const names = CODECS.map(({ name }) => `'${name}'`).join(', ');
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `${what} must be ${names} or one of their codecs, not ${show(choice)}`,
  );
}

/** The codec that a file names. */
export function keyCodecById(id: number): KeyCodec<unknown> | undefined {
  return CODECS.find((each) => each.id === id);
}
