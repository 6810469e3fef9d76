/**
 * Values as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): null, booleans, numbers, texts,
 * bytes, arrays and objects as it has them, dates as its timestamps (to the millisecond), and three extensions for what
 * it has no form for:
 *
 *   type 1   Map: an array of keys and values in turn
 *   type 2   Set: an array
 *   type 3   bigint of any size: its decimal digits
 *
 * `undefined` becomes null, as in arrays of JSON. What would come back as something else is refused: functions,
 * symbols, and objects of classes, but for Uint8Array.
 *
 * The library is @msgpack/msgpack, not msgpackr: the times are alike (some 0.6 µs to write and 1 to 1.4 µs to read an
 * object of seven fields, either way), it depends on nothing and installs nothing native, and it reads strictly.
 */
import { createRequire } from 'node:module';
import type { Decoder, Encoder } from '@msgpack/msgpack';
import { show } from '../../os/arguments.js';
import { isPerdureError } from '../../os/errors.js';
import { badValue, damagedValue, type ValueCodec } from './value-codec.js';

const TYPE = { map: 1, set: 2, bigint: 3 } as const;

interface Library {
  readonly encoder: Encoder;
  readonly decoder: Decoder;
}

let loaded: Library | undefined;

/** Loaded at its first use, and so from its CommonJS form: its 18 modules were a tenth of the time that importing perdure took. */
function library(): Library {
  loaded ??= load(createRequire(import.meta.url)('@msgpack/msgpack') as typeof import('@msgpack/msgpack'));
  return loaded;
}

function load({ Decoder, Encoder, ExtensionCodec }: typeof import('@msgpack/msgpack')): Library {
  const extensions = new ExtensionCodec();
  const encoder = new Encoder({ extensionCodec: extensions });
  const decoder = new Decoder({ extensionCodec: extensions });
  extensions.register({
    type: TYPE.map,
    encode: (value) => (value instanceof Map ? encoder.encode([...value].flat(1)) : null),
    decode: (bytes) => {
      const flat = decoder.decode(bytes) as unknown[];
      return new Map(
        Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index], flat[2 * index + 1]]),
      );
    },
  });
  extensions.register({
    type: TYPE.set,
    encode: (value) => (value instanceof Set ? encoder.encode([...value]) : null),
    decode: (bytes) => new Set(decoder.decode(bytes) as unknown[]),
  });
  extensions.register({
    type: TYPE.bigint,
    encode: (value) => {
      if (typeof value === 'bigint') return Buffer.from(String(value));
      // The last extension that is asked: what is none of the forms is refused here.
      if (!isPlain(value)) throw badValue(`MessagePack has no form for ${show(value)}`);
      return null;
    },
    decode: (bytes) => BigInt(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')),
  });
  return { encoder, decoder };
}

export const messagePackValue: ValueCodec<unknown> = {
  id: 4,
  name: 'messagepack',
  encode(value) {
    const { encoder } = library();
    try {
      return encoder.encodeSharedRef(value);
    } catch (error) {
      if (isPerdureError(error)) throw error;
      throw badValue(`MessagePack has no form for the value: ${(error as Error).message}`);
    }
  },
  decode(memory, at, length) {
    const { decoder } = library();
    try {
      // A copy, since bytes in it are read as views of what is decoded.
      return decoder.decode(memory.u8.slice(at, at + length));
    } catch (cause) {
      throw damagedValue('MessagePack', cause);
    }
  },
};

/** The codec 'messagepack' for values of one type. The type is not checked at run time. */
export function messagePackOf<V>(): ValueCodec<V> {
  return messagePackValue as ValueCodec<V>;
}

/** What the library itself has a form for. It is asked of objects only. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return typeof value !== 'function';
  if (value instanceof Uint8Array || value instanceof Date) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A property of this name is what the library refuses to read.
  return (prototype === Object.prototype || prototype === null) && !Object.hasOwn(value, '__proto__');
}
