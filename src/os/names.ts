/**
 * Names of kernel objects: mappings, events and mutexes share one set of them.
 *
 *   name              `Local\name`: for this user (on Windows: this session)
 *   Local\name        the same object as `name`
 *   Global\name       for every user of the machine
 *
 * From the documentation of CreateFileMapping and "Kernel object namespaces": at most MAX_PATH characters, any but the
 * backslash; names and prefixes are case-sensitive. Beyond that perdure refuses control characters and unpaired
 * surrogates, everywhere: they have no UTF-8 form, or ruin every listing.
 */
import { quote, show } from './arguments.js';
import {
  ERROR_ACCESS_DENIED,
  ERROR_FILE_NOT_FOUND,
  ERROR_FILENAME_EXCED_RANGE,
  ERROR_INVALID_HANDLE,
  ERROR_INVALID_NAME,
  ERROR_PATH_NOT_FOUND,
  type Win32ErrorContext,
  win32Error,
} from './win32-errors.js';

/** MAX_PATH: the prefix counts. */
export const MAX_NAME_LENGTH = 260;

/** SECURITY_ATTRIBUTES. */
export interface SecurityAttributes {
  /**
   * Who may open the object: a security descriptor in SDDL, or null for this user only. Outside Windows these are
   * understood: access rules (`D:(A;;GA;;;WD)`) that allow GR, GW or GA to the owner (OW) or to everyone (WD).
   */
  readonly securityDescriptor: string | null;
  /** Windows: child processes inherit the handle, under the same `value`. Elsewhere none does. */
  readonly inheritHandle: boolean;
}

export type ObjectKind = 'file mapping' | 'event' | 'mutex';

export interface NamedObject {
  /** With its prefix: `Local\x` or `Global\x`. */
  readonly name: string;
  readonly kind: ObjectKind;
  /** The size of a mapping in bytes, where it can be opened. */
  readonly sizeBytes?: number;
}

export interface ObjectName {
  readonly scope: 'local' | 'global';
  /** Without the prefix. */
  readonly base: string;
  /** With it: one text for one object. */
  readonly full: string;
}

const PREFIX = /^(Global|Local)\\/;
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/** Why a value is no name, and the error number that says so; undefined where it is one. */
export function nameProblem(given: unknown): { win32: number; meaning: string } | undefined {
  const problem = (win32: number, meaning: string) => ({ win32, meaning });
  if (typeof given !== 'string') return problem(ERROR_INVALID_NAME, `a name is a string, not ${show(given)}`);
  const base = given.replace(PREFIX, '');
  if (base.length === 0) return problem(ERROR_INVALID_NAME, `the name ${show(given)} is empty`);
  if (base.includes('\\')) {
    return problem(
      ERROR_PATH_NOT_FOUND,
      `${show(given)} has a backslash that is not part of Global\\ or Local\\`,
    );
  }
  if (given.length > MAX_NAME_LENGTH) {
    return problem(
      ERROR_FILENAME_EXCED_RANGE,
      `a name has at most ${MAX_NAME_LENGTH} characters; ${show(given)} has ${given.length}`,
    );
  }
  if (UNPRINTABLE.test(base)) {
    return problem(
      ERROR_INVALID_NAME,
      `the name ${quote(given)} holds a control character or half a surrogate pair`,
    );
  }
  return undefined;
}

/**
 * Checks and takes apart the name of an object.
 * @throws INVALID_ARGUMENT (3) for a backslash, (206) for a name too long, (123) for any other that is none
 */
export function parseObjectName(name: string, syscall: string): ObjectName {
  const problem = nameProblem(name);
  if (problem !== undefined) {
    const { win32, meaning } = problem;
    throw win32Error(win32, syscall, { code: 'INVALID_ARGUMENT', meaning, remedy: 'choose another name' });
  }
  const prefix = PREFIX.exec(name);
  const base = prefix ? name.slice(prefix[0].length) : name;
  const scope = prefix?.[1] === 'Global' ? 'global' : 'local';
  return { scope, base, full: `${scope === 'global' ? 'Global' : 'Local'}\\${base}` };
}

/** What the general error numbers mean when they are about a name. */
export function nameContext(win32: number, name: string, kind: ObjectKind): Win32ErrorContext {
  const quoted = quote(name);
  switch (win32) {
    case ERROR_FILE_NOT_FOUND:
      return {
        meaning: `no such ${kind === 'file mapping' ? 'mapping' : kind}: ${quoted}`,
        remedy: 'create it first, and keep a handle to it open',
      };
    case ERROR_INVALID_HANDLE:
      return { meaning: `${quoted} names an object of another kind`, remedy: 'choose another name' };
    case ERROR_ACCESS_DENIED:
      return { meaning: `no permission for ${quoted}`, remedy: 'ask for less, or have its creator allow it' };
    default:
      return {};
  }
}
