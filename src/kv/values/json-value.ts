/** What JSON keeps, and nothing else: a value that JSON has no text for is refused. */
import { utf8 } from './string-value.js';
import { badValue, damagedValue, type ValueCodec } from './value-codec.js';

export const jsonValue: ValueCodec<unknown> = {
  id: 3,
  name: 'json',
  encode(value) {
    return utf8(textOf(value));
  },
  decode(memory, at, length) {
    try {
      return JSON.parse(memory.text.toString('utf8', at, at + length));
    } catch (cause) {
      throw damagedValue('JSON', cause);
    }
  },
};

/** The codec 'json' for values of one type. The type is not checked at run time. */
export function jsonOf<V>(): ValueCodec<V> {
  return jsonValue as ValueCodec<V>;
}

function textOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw badValue(`JSON has no text for the value: ${(error as Error).message}`);
  }
  if (text === undefined) throw badValue(`JSON has no text for ${typeof value}`);
  return text;
}
