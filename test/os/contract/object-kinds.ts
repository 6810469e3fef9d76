/** The three kinds of named object in one form, for what holds of all of them. */
import {
  EVENT_ALL_ACCESS,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_WRITE,
  INVALID_HANDLE_VALUE,
  MUTEX_ALL_ACCESS,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import { isPerdureError } from '../../../src/os/errors.js';
import type { ObjectKind } from '../../../src/os/names.js';
import type { Handle } from '../../../src/os/os.js';
import { Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import type { ObjectRequest } from '../../support/object-calls.js';
import { bytesOf, type Subject } from './subject.js';

export interface KindCalls {
  readonly kind: ObjectKind;
  create(subject: Subject, name: string | null): Handle;
  open(subject: Subject, name: string): Handle;
  createIn(as: string, name: string): ObjectRequest;
  openIn(as: string, name: string): ObjectRequest;
}

export const KINDS: readonly KindCalls[] = [
  {
    kind: 'file mapping',
    create: (subject, name) =>
      subject.own(subject.os.createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 64, name)),
    open: (subject, name) => subject.own(subject.os.openFileMapping(FILE_MAP_ALL_ACCESS, false, name)),
    createIn: (as, name) => ({ do: 'createMapping', as, name, size: 64 }),
    openIn: (as, name) => ({ do: 'openMapping', as, name, access: FILE_MAP_ALL_ACCESS }),
  },
  {
    kind: 'event',
    create: (subject, name) => subject.own(subject.os.createEvent(null, true, false, name)),
    open: (subject, name) => subject.own(subject.os.openEvent(EVENT_ALL_ACCESS, false, name)),
    createIn: (as, name) => ({ do: 'createEvent', as, name, manual: true, initial: false }),
    openIn: (as, name) => ({ do: 'openEvent', as, name, access: EVENT_ALL_ACCESS }),
  },
  {
    kind: 'mutex',
    create: (subject, name) => subject.own(subject.os.createMutex(null, false, name)),
    open: (subject, name) => subject.own(subject.os.openMutex(MUTEX_ALL_ACCESS, false, name)),
    createIn: (as, name) => ({ do: 'createMutex', as, name, owned: false }),
    openIn: (as, name) => ({ do: 'openMutex', as, name, access: MUTEX_ALL_ACCESS }),
  },
];

/** Another process that makes such calls; it is killed when the test ends. */
export type Peer = Child<ObjectRequest>;

export function startPeer(): Peer {
  return Child.start<ObjectRequest>('objects');
}

/** No object has the name: opening it as any kind is NOT_FOUND. */
export function isGone(subject: Subject, name: string): boolean {
  return KINDS.every((calls) => {
    try {
      subject.os.closeHandle(calls.open(subject, name));
      return false;
    } catch (error) {
      if (isPerdureError(error, 'NOT_FOUND')) return true;
      if (isPerdureError(error, 'INVALID_HANDLE')) return false;
      throw error;
    }
  });
}

/** The object vanishes; after a kill that is for another process to notice, within moments. */
export async function vanishes(subject: Subject, name: string): Promise<void> {
  await eventually(`no object is called ${name}`, () => isGone(subject, name));
}

/** A view of a named mapping, as bytes. */
export function memoryOf(subject: Subject, name: string): Buffer {
  const mapping = subject.own(subject.os.openFileMapping(FILE_MAP_WRITE, false, name));
  return bytesOf(subject.view(mapping, FILE_MAP_WRITE));
}
