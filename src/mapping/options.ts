/** How a file is opened: the options of MappedFile.open, and what each means to CreateFile. */
import { type ByteCount, byteCount, knownOptions, show } from '../os/arguments.js';
import {
  CREATE_ALWAYS,
  CREATE_NEW,
  FILE_SHARE_NONE,
  FILE_SHARE_READ,
  FILE_SHARE_WRITE,
  OPEN_ALWAYS,
  OPEN_EXISTING,
} from '../os/constants.js';
import { PerdureError } from '../os/errors.js';
import type { OpenMode } from './segments.js';

/** What other openings of the file may do meanwhile, in this and in other processes. */
export type Share = 'none' | 'read' | 'readwrite';

export interface MappedFileOptions {
  /** 'readonly' unless given. 'copy-on-write': writes are private to this opening and vanish with it. */
  mode?: OpenMode;
  /** Creates the file: true where it does not exist, 'new' only if it does not, 'always' empties one that does. */
  create?: boolean | 'new' | 'always';
  /** Grows the file to at least this many bytes (mode 'readwrite'). New bytes are zero. */
  size?: ByteCount;
  /** 'none' (exclusive) unless given in mode 'readwrite', else 'readwrite'. */
  share?: Share;
  /** Grows by holes instead of allocated blocks. A store into a hole on a full disk kills the process. */
  sparse?: boolean;
}

const SHARES = {
  none: FILE_SHARE_NONE,
  read: FILE_SHARE_READ,
  readwrite: FILE_SHARE_READ | FILE_SHARE_WRITE,
} as const;

const MODES: readonly OpenMode[] = ['readonly', 'readwrite', 'copy-on-write'];

/** @throws INVALID_ARGUMENT */
export function checkOptions(path: string, options: MappedFileOptions) {
  knownOptions(options, ['mode', 'create', 'size', 'share', 'sparse'], 'the options of MappedFile.open');
  const { mode = 'readonly', create = false, sparse = false, size = 0 } = options;
  const share = options.share ?? (mode === 'readwrite' ? 'none' : 'readwrite');
  const bad = (message: string) =>
    new PerdureError('INVALID_ARGUMENT', `cannot open '${path}': ${message}`, { path });
  if (!MODES.includes(mode)) throw bad(`mode must be one of ${MODES.join(', ')}, not ${show(mode)}`);
  if (!Object.hasOwn(SHARES, share))
    throw bad(`share must be 'none', 'read' or 'readwrite', not ${show(share)}`);
  if (![true, false, 'new', 'always'].includes(create)) {
    throw bad(`create must be true, false, 'new' or 'always', not ${show(create)}`);
  }
  const wanted = byteCount(size, 'size');
  if (mode !== 'readwrite' && (create !== false || wanted > 0)) {
    throw bad(`create and size need mode 'readwrite', not '${mode}'`);
  }
  if ((create === 'new' || create === 'always') && wanted === 0) {
    throw bad('a new file needs a size: one without bytes cannot be mapped');
  }
  const dispositions = { true: OPEN_ALWAYS, false: OPEN_EXISTING, new: CREATE_NEW, always: CREATE_ALWAYS };
  const disposition = dispositions[String(create) as keyof typeof dispositions];
  return { mode, disposition, share: SHARES[share], size: wanted, sparse };
}
