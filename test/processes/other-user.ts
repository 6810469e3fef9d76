/** Becomes the user `nobody` when told to, and then makes calls on named objects. POSIX only; root starts it. */
import {
  createFile,
  createFileMapping,
  GENERIC_READ,
  GENERIC_WRITE,
  INVALID_HANDLE_VALUE,
  listNamedObjects,
  OPEN_EXISTING,
  PAGE_READWRITE,
} from '../../src/os/index.js';
import { answerWhenDone } from '../support/answers.js';
import { ObjectCalls, type ObjectRequest } from '../support/object-calls.js';

export type OtherUserRequest =
  | ObjectRequest
  | { do: 'drop' }
  /** Memory under a name, or a file, with a security descriptor. */
  | { do: 'share'; name: string; descriptor: string; path?: string };

const calls = new ObjectCalls();

answerWhenDone<OtherUserRequest>((request) => {
  if (request.do === 'drop') {
    // The native library is loaded while it can still be read.
    listNamedObjects();
    process.setgroups?.([]);
    process.setgid?.('nogroup');
    process.setuid?.('nobody');
    return process.getuid?.();
  }
  if (request.do !== 'share') return calls.carryOut(request);
  const { name, descriptor, path } = request;
  const security = { securityDescriptor: descriptor, inheritHandle: false };
  const file =
    path === undefined
      ? INVALID_HANDLE_VALUE
      : createFile(path, GENERIC_READ | GENERIC_WRITE, 3, null, OPEN_EXISTING, 0);
  createFileMapping(file, security, PAGE_READWRITE, path === undefined ? 4096 : 0, name);
  return undefined;
});
