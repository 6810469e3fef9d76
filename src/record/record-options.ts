/** What RecordFile's calls take: options and arguments, checked. */
import type { MappedFileOptions, OpenMode, Share } from '../mapping/index.js';
import { integerIn, knownOptions, show } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import type { Os } from '../os/os.js';
import { checkSchema } from './opening.js';
import type { Schema } from './schema.js';

export interface RecordCreateOptions {
  /** Records to make room for at once; the file grows beyond by itself. 64 KiB worth of them unless given. */
  capacity?: number;
  /** What other openings may do meanwhile; 'none' unless given. Let only readers in: there is one writer at a time. */
  share?: Share;
  /** Empties a file that exists; otherwise it is an error (ALREADY_EXISTS). */
  overwrite?: boolean;
}

export interface RecordOpenOptions {
  /**
   * 'readonly' unless given. 'copy-on-write': everything works, appends within the file's capacity, and nothing reaches
   * the file; `flush` is refused, since nothing will ever be on the disk.
   */
  mode?: OpenMode;
  /** What other openings may do meanwhile: 'none' unless given in mode 'readwrite', else 'readwrite'. */
  share?: Share;
}

/** @internal What tests replace. */
export interface RecordFileInternals {
  os?: Os;
  /** The longest ArrayBuffer to take. */
  maxWindowBytes?: number;
}

const DEFAULT_CAPACITY_BYTES = 65536;

/** The file to create: as long as its header and the capacity asked for. @throws INVALID_ARGUMENT */
export function createArguments(
  options: RecordCreateOptions,
  dataOffset: number,
  recordSize: number,
): MappedFileOptions {
  knownOptions(options, ['capacity', 'share', 'overwrite'], 'the options of RecordFile.create');
  const {
    capacity = Math.ceil(DEFAULT_CAPACITY_BYTES / recordSize),
    share = 'none',
    overwrite = false,
  } = options;
  const most = Math.floor((Number.MAX_SAFE_INTEGER - dataOffset) / recordSize);
  const size = dataOffset + integerIn(capacity, 0, most, 'capacity') * recordSize;
  return { mode: 'readwrite', create: overwrite ? 'always' : 'new', size, share };
}

/** RecordFile.open's schema and options, either of which may be left out. @throws INVALID_ARGUMENT */
export function openArguments<R>(
  first: Schema<R> | RecordOpenOptions | undefined,
  second: RecordOpenOptions | undefined,
): { schema: Schema<R> | undefined; options: MappedFileOptions } {
  const onlyOptions =
    second === undefined && typeof first === 'object' && first !== null && !('recordSize' in first);
  const options = (onlyOptions ? first : second) ?? {};
  knownOptions(options, ['mode', 'share'], 'the options of RecordFile.open');
  const { mode = 'readonly', share } = options as RecordOpenOptions;
  return {
    schema: onlyOptions || first === undefined ? undefined : checkSchema(first as Schema<R>),
    options: share === undefined ? { mode } : { mode, share },
  };
}

/** @throws INVALID_ARGUMENT */
export function checkIterable<T>(records: Iterable<T> | number): Iterable<T> {
  if (typeof records === 'object' && records !== null && Symbol.iterator in records) return records;
  throw new PerdureError(
    'INVALID_ARGUMENT',
    `appendMany() takes an iterable of records, or a count and a function, not ${show(records)}`,
  );
}

export function readOnly(path: string, message: string): PerdureError {
  return new PerdureError('READ_ONLY', `'${path}': ${message}`, { path });
}
