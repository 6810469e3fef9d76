/** The options that several of the commands for stores take. */
import type { RangeOptions } from '../../kv/store/index.js';
import { PerdureError } from '../../os/index.js';
import { UsageError } from '../errors.js';
import type { KeyNotation } from './notation.js';

export const KEY_CODECS = ['string', 'bytes', 'any'] as const;
export const VALUE_CODECS = ['string', 'bytes', 'json', 'messagepack'] as const;

export const STORE_POSITIONAL = { type: 'string', demandOption: true, describe: 'The store' } as const;

export const TABLE_OPTIONS = {
  table: {
    type: 'string',
    requiresArg: true,
    default: '',
    defaultDescription: "the store's own",
    describe: 'A named table of the store',
  },
  'key-codec': {
    choices: KEY_CODECS,
    describe: 'The type of the keys; what the file has, or string where it has nothing yet',
  },
  'value-codec': {
    choices: VALUE_CODECS,
    describe: 'The type of the values; what the file has, or string where it has nothing yet',
  },
} as const;

/** How keys and values are typed, for the help of a command. */
export const WRITING = `Keys and values are typed as the table's codecs say: string as they are; bytes in
hexadecimal; json as JSON; messagepack as JSON, too, where {"$date":...}, {"$bytes":...}
and {"$bigint":...} stand for what JSON has not. A key of a table of keys of any type: 12
is a number, 12n a bigint, ["a",1] an array, "12" a text, and so is what is none of these.`;

export const RANGE_OPTIONS = {
  gt: { type: 'string', requiresArg: true, describe: 'Only keys greater than this' },
  gte: { type: 'string', requiresArg: true, describe: 'Only keys from this on' },
  lt: { type: 'string', requiresArg: true, describe: 'Only keys less than this' },
  lte: { type: 'string', requiresArg: true, describe: 'Only keys up to this' },
  prefix: { type: 'string', requiresArg: true, describe: 'Only keys that begin with this' },
} as const;

type Bound = keyof typeof RANGE_OPTIONS;
export type RangeArguments = { readonly [name in Bound]?: string | undefined };

const BOUNDS: readonly Bound[] = ['gt', 'gte', 'lt', 'lte', 'prefix'];

/** True where some part of a table was asked for. */
export function isRange(argv: RangeArguments): boolean {
  return BOUNDS.some((name) => argv[name] !== undefined);
}

/** @throws UsageError for two of one side */
export function checkBounds(argv: RangeArguments): void {
  for (const [one, other] of [
    ['gt', 'gte'],
    ['lt', 'lte'],
  ] as const) {
    if (argv[one] !== undefined && argv[other] !== undefined)
      throw new UsageError(`--${one} and --${other} exclude each other`);
  }
}

/** The range that was asked for. @throws INVALID_VALUE, naming the option */
export function rangeOf(argv: RangeArguments, keys: KeyNotation): RangeOptions<unknown> {
  const range: Record<string, unknown> = {};
  for (const name of BOUNDS) {
    const text = argv[name];
    if (text !== undefined) {
      range[name] = parsed(`--${name}`, () => (name === 'prefix' ? keys.prefix(text) : keys.parse(text)));
    }
  }
  return range as RangeOptions<unknown>;
}

/** Reads an argument; what is wrong with it is told with its name. */
export function parsed<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PerdureError)) throw error;
    throw new PerdureError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
