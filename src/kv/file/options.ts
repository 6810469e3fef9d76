/** How a store's file is opened. */
import { knownOptions, show } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import type { Os } from '../../os/os.js';
import { isPageSize, MAX_PAGE_BYTES, MIN_PAGE_BYTES } from '../format.js';

export interface FilePagerOptions {
  /** 'missing' (default): create it where there is none; 'new': there must be none; 'never': there must be one. */
  readonly create?: 'missing' | 'new' | 'never';
  /** Opens for reading: nothing is written, and several processes may do so. Default: false. */
  readonly readonly?: boolean;
  /** Size of pages in bytes, for a store that is created: a power of two from 4,096 (default) to 65,536. */
  readonly pageBytes?: number;
  /** Builds pages in the mapping instead of writing them by position. Stray stores may then reach the file. Default: false. */
  readonly writeMap?: boolean;
  /** Flushes the pages of a commit before its root slot is written: two flushes a commit. Default: false. */
  readonly strict?: boolean;
}

/** What tests replace. */
export interface FilePagerInternals {
  readonly os?: Os;
  /** How much of the file one memory holds: a power of two. */
  readonly memoryBytes?: number;
  /** Pages that commits may write before the store says that they are all on the disk. */
  readonly settlePages?: number;
  /** Pages that commits may write before a transaction begins with a flush. */
  readonly unflushedPages?: number;
  /** Runs of free pages that the root slot lists before they move to a tree. */
  readonly listedRuns?: number;
}

const NAMES = ['create', 'readonly', 'pageBytes', 'writeMap', 'strict'] as const;

/** @throws INVALID_ARGUMENT */
export function checkOptions(options: FilePagerOptions): Required<FilePagerOptions> {
  knownOptions(options, NAMES, 'the options of a store');
  const { readonly = false, writeMap = false, strict = false, pageBytes = MIN_PAGE_BYTES } = options;
  const { create = readonly ? 'never' : 'missing' } = options;
  for (const [name, value] of Object.entries({ readonly, writeMap, strict })) {
    if (typeof value !== 'boolean') throw invalid(`${name} is true or false, not ${show(value)}`);
  }
  if (!['missing', 'new', 'never'].includes(create))
    throw invalid(`create is 'missing', 'new' or 'never', not ${show(create)}`);
  if (typeof pageBytes !== 'number' || !isPageSize(pageBytes)) {
    throw invalid(
      `pageBytes is a power of two from ${MIN_PAGE_BYTES} to ${MAX_PAGE_BYTES}, not ${show(pageBytes)}`,
    );
  }
  if (readonly && (create !== 'never' || writeMap || strict))
    throw invalid('a store that is opened for reading is neither created nor written');
  return { create, readonly, pageBytes, writeMap, strict };
}

function invalid(message: string): PerdureError {
  return new PerdureError('INVALID_ARGUMENT', message);
}
