/**
 * How a command fails: one line on stderr, `perdure: <message> [CODE]`, and an exit code that tells whether the
 * operation failed or the command was written wrongly. PERDURE_DEBUG=1 adds the stack.
 */
import { type ErrorCode, PerdureError } from '../os/errors.js';

export const EXIT_OK = 0;
/** The operation failed: no such file, a bad record in the input, a full disk. */
export const EXIT_FAILED = 1;
/** The command line was wrong: an unknown option, a missing argument. */
export const EXIT_USAGE = 2;

/** The command line asks for something that no run of it could do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What the errors of Node's own file functions mean in the library's terms. */
const NODE_CODES: Record<string, ErrorCode> = {
  ENOENT: 'NOT_FOUND',
  ENOTDIR: 'NOT_FOUND',
  EEXIST: 'ALREADY_EXISTS',
  EACCES: 'ACCESS_DENIED',
  EPERM: 'ACCESS_DENIED',
  EBUSY: 'SHARING_VIOLATION',
  EISDIR: 'NOT_A_FILE',
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EFBIG: 'TOO_LARGE',
  EROFS: 'READ_ONLY_MEDIA',
  EMFILE: 'TOO_MANY_OPEN',
  ENFILE: 'TOO_MANY_OPEN',
  EIO: 'IO_ERROR',
};

export function nodeErrorCode(error: unknown): ErrorCode | undefined {
  return NODE_CODES[(error as NodeJS.ErrnoException | undefined)?.code ?? ''];
}

/** The line for stderr and the exit code of an error. */
export function describeError(error: unknown): { line: string; exitCode: number } {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) {
    return { line: `perdure: ${message} [USAGE]`, exitCode: EXIT_USAGE };
  }
  const code = error instanceof PerdureError ? error.code : (nodeErrorCode(error) ?? 'INTERNAL');
  return { line: `perdure: ${message} [${code}]`, exitCode: EXIT_FAILED };
}

/** Says on stderr what went wrong and returns the exit code. */
export function reportError(error: unknown): number {
  const { line, exitCode } = describeError(error);
  process.stderr.write(`${line}\n`);
  if (process.env.PERDURE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return exitCode;
}

function oneLine(text: string): string {
  return printable(text.trim().replaceAll(/\s*[\r\n]+\s*/g, '; '));
}

/** Text with its control characters spelled out, so that what stands in a file cannot steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
