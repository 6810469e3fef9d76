/**
 * What Win32 says of named objects, as a model: names, kinds, handles, views, events, mutexes and waits, in memory.
 *
 * It takes the same requests as a real process (test/support/object-calls.ts) and says what that must answer. Each
 * process is one thread. Objects live by their handles and views; an event or mutex changes by an acquisition exactly
 * as a wait that was satisfied says (waits-model.ts).
 */
import {
  EVENT_MODIFY_STATE,
  FILE_MAP_COPY,
  FILE_MAP_WRITE,
  INFINITE,
  SYNCHRONIZE,
  WAIT_TIMEOUT,
} from '../../../src/os/constants.js';
import type { ErrorCode } from '../../../src/os/errors.js';
import { type NamedObject, parseObjectName } from '../../../src/os/names.js';
import { ABORTED, type ObjectRequest } from '../../support/object-calls.js';
import { acquire, possibleResults } from './waits-model.js';

export interface MappingObject {
  readonly kind: 'file mapping';
  readonly name: string | null;
  readonly bytes: Buffer;
}
export interface EventObject {
  readonly kind: 'event';
  readonly name: string | null;
  readonly manual: boolean;
  signaled: boolean;
}
export interface MutexObject {
  readonly kind: 'mutex';
  readonly name: string | null;
  owner: ModelProcess | undefined;
  count: number;
  abandoned: boolean;
}
export type ModelObject = MappingObject | EventObject | MutexObject;
export type Signaling = EventObject | MutexObject;

export interface ModelHandle {
  readonly object: ModelObject;
  readonly access: number;
  closed: boolean;
}
export interface ModelView {
  readonly object: MappingObject;
  readonly access: number;
  /** The private pages of a copy-on-write view, from the first store into each; the others are the mapping's. */
  readonly own: Map<number, Buffer>;
  closed: boolean;
}
export interface PendingWait {
  readonly id: string;
  readonly process: ModelProcess;
  readonly handles: readonly ModelHandle[];
  readonly all: boolean;
}

/** What a request must be answered with. */
export type Expected =
  | { readonly value: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly win32Error?: number } }
  | { readonly pending: PendingWait };

/** The outcome of a wait that was pending: what it returned, or the code of its error. */
export interface Outcome {
  readonly id: string;
  readonly result: number | string;
}

export const PAGE_BYTES = 4096;
const value = (given: unknown = undefined): Expected => ({ value: given });
const refused = (code: ErrorCode, win32Error: number): Expected => ({ error: { code, win32Error } });
const CLOSED = refused('CLOSED', 6);
const DENIED = refused('ACCESS_DENIED', 5);
const NOT_OWNER = refused('NOT_OWNER', 288);

export class ModelProcess {
  readonly handles = new Map<string, ModelHandle>();
  readonly views = new Map<string, ModelView>();
}

export class ObjectsModel {
  readonly #objects = new Map<string, ModelObject>();
  readonly processes: ModelProcess[];
  readonly pending = new Map<string, PendingWait>();

  constructor(processes: number) {
    this.processes = Array.from({ length: processes }, () => new ModelProcess());
  }

  /** What must be listed. */
  get named(): NamedObject[] {
    return [...this.#objects]
      .map(([name, object]) => ({
        name,
        kind: object.kind,
        ...(object.kind === 'file mapping' && { sizeBytes: object.bytes.length }),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The answer that a request to a process must get, and its effect. Waits that it ends are told to `ended`. */
  carryOut(process: ModelProcess, request: ObjectRequest, ended: (outcome: Outcome) => void): Expected {
    switch (request.do) {
      case 'createMapping':
      case 'createEvent':
      case 'createMutex':
        return this.#create(process, request);
      case 'openMapping':
        return this.#open(process, request, 'file mapping');
      case 'openEvent':
        return this.#open(process, request, 'event');
      case 'openMutex':
        return this.#open(process, request, 'mutex');
      case 'set':
      case 'reset':
        return this.#signal(process.handles.get(request.handle)!, request.do === 'set');
      case 'release':
        return this.#release(process, process.handles.get(request.handle)!);
      case 'wait':
      case 'waitAsync':
        return this.#wait(process, request);
      case 'abort': {
        if (this.pending.delete(request.wait)) ended({ id: request.wait, result: ABORTED });
        return value();
      }
      case 'map':
      case 'store':
      case 'load':
      case 'unmap':
        return this.#onView(process, request);
      case 'close':
        return this.#close(process.handles.get(request.handle)!, ended);
      default:
        throw new Error(`the model does not know ${request.do}`);
    }
  }

  /** The process is gone, in whatever way. */
  end(process: ModelProcess): void {
    for (const [id, wait] of this.pending) if (wait.process === process) this.pending.delete(id);
    for (const object of this.#referenced()) {
      if (object.kind !== 'mutex' || object.owner !== process) continue;
      Object.assign(object, { owner: undefined, count: 0, abandoned: true });
    }
    this.processes[this.processes.indexOf(process)] = new ModelProcess();
    this.#forget();
  }

  #create(
    process: ModelProcess,
    request: Extract<ObjectRequest, { do: 'createMapping' | 'createEvent' | 'createMutex' }>,
  ): Expected {
    const full = request.name === null ? null : parseObjectName(request.name, 'model').full;
    const existing = full === null ? undefined : this.#objects.get(full);
    const object = existing ?? newObject(process, request, full);
    const kind =
      request.do === 'createMapping' ? 'file mapping' : request.do === 'createEvent' ? 'event' : 'mutex';
    if (object.kind !== kind) return refused('INVALID_HANDLE', 6);
    if (full !== null) this.#objects.set(full, object);
    process.handles.set(request.as, { object, access: ~0, closed: false });
    return value(told(object, existing !== undefined));
  }

  #open(
    process: ModelProcess,
    { as, name, access }: { as: string; name: string; access: number },
    kind: ModelObject['kind'],
  ): Expected {
    const object = this.#objects.get(parseObjectName(name, 'model').full);
    if (!object) return refused('NOT_FOUND', 2);
    if (object.kind !== kind) return refused('INVALID_HANDLE', 6);
    process.handles.set(as, { object, access, closed: false });
    return value();
  }

  #signal(handle: ModelHandle, signaled: boolean): Expected {
    if (handle.closed) return CLOSED;
    if (handle.object.kind !== 'event') return refused('INVALID_HANDLE', 6);
    if ((handle.access & EVENT_MODIFY_STATE) === 0) return DENIED;
    handle.object.signaled = signaled;
    return value();
  }

  #release(process: ModelProcess, handle: ModelHandle): Expected {
    if (handle.closed) return CLOSED;
    const { object } = handle;
    if (object.kind !== 'mutex') return refused('INVALID_HANDLE', 6);
    if (object.owner !== process) return NOT_OWNER;
    object.count--;
    if (object.count === 0) object.owner = undefined;
    return value();
  }

  #wait(process: ModelProcess, request: Extract<ObjectRequest, { do: 'wait' | 'waitAsync' }>): Expected {
    const handles = request.handles.map((name) => process.handles.get(name)!);
    if (handles.some(({ closed }) => closed)) return CLOSED;
    if (handles.some(({ object }) => object.kind === 'file mapping')) return refused('INVALID_HANDLE', 6);
    if (handles.some(({ access }) => (access & SYNCHRONIZE) === 0)) return DENIED;
    const id = request.do === 'waitAsync' ? (request.wait ?? '') : '';
    const wait: PendingWait = { id, process, handles, all: request.all ?? false };
    const result = possibleResults(wait)[0];
    if (result !== undefined) {
      acquire(wait, result);
      return value(result);
    }
    if (request.milliseconds !== INFINITE) return value(WAIT_TIMEOUT);
    this.pending.set(id, wait);
    return { pending: wait };
  }

  #onView(
    process: ModelProcess,
    request: Extract<ObjectRequest, { do: 'map' | 'store' | 'load' | 'unmap' }>,
  ): Expected {
    if (request.do === 'map') {
      const handle = process.handles.get(request.handle)!;
      if (handle.closed) return CLOSED;
      const { object } = handle;
      if (object.kind !== 'file mapping') return refused('INVALID_HANDLE', 6);
      if ((request.access & FILE_MAP_WRITE) !== 0 && (handle.access & FILE_MAP_WRITE) === 0) return DENIED;
      process.views.set(request.view, { object, access: request.access, own: new Map(), closed: false });
      return value();
    }
    const view = process.views.get(request.view)!;
    if (request.do === 'unmap') {
      view.closed = true;
      this.#forget();
      return value();
    }
    if (view.closed) return { error: { code: 'CLOSED' } };
    const { offset } = request;
    if (request.do === 'store') {
      for (const [at, byte] of request.bytes.entries()) {
        storeByte(view, offset + at, byte);
      }
      return value();
    }
    return value(Uint8Array.from({ length: request.length }, (_, at) => byteIn(view, offset + at)));
  }

  #close(handle: ModelHandle, ended: (outcome: Outcome) => void): Expected {
    handle.closed = true;
    for (const [id, wait] of this.pending) {
      if (!wait.handles.includes(handle)) continue;
      this.pending.delete(id);
      ended({ id, result: 'CLOSED' });
    }
    this.#forget();
    return value();
  }

  *#referenced(): Iterable<ModelObject> {
    for (const { handles, views } of this.processes) {
      for (const each of [...handles.values(), ...views.values()]) if (!each.closed) yield each.object;
    }
  }

  /** Names whose objects nobody has any more are free. */
  #forget(): void {
    const referenced = new Set(this.#referenced());
    for (const [name, object] of this.#objects) if (!referenced.has(object)) this.#objects.delete(name);
  }
}

function newObject(
  process: ModelProcess,
  request: Extract<ObjectRequest, { do: 'createMapping' | 'createEvent' | 'createMutex' }>,
  name: string | null,
): ModelObject {
  if (request.do === 'createMapping')
    return { kind: 'file mapping', name, bytes: Buffer.alloc(request.size) };
  if (request.do === 'createEvent') {
    return { kind: 'event', name, manual: request.manual, signaled: request.initial };
  }
  const owner = request.owned ? process : undefined;
  return { kind: 'mutex', name, owner, count: request.owned ? 1 : 0, abandoned: false };
}

/** What a process tells of a handle that it created. */
function told(object: ModelObject, alreadyExisted: boolean): unknown {
  if (object.kind !== 'file mapping') return { alreadyExisted };
  return { alreadyExisted, sizeBytes: object.bytes.length, protection: 'PAGE_READWRITE' };
}

function byteIn(view: ModelView, at: number): number {
  const own = view.own.get(Math.floor(at / PAGE_BYTES));
  return own ? own[at % PAGE_BYTES]! : view.object.bytes[at]!;
}

function storeByte(view: ModelView, at: number, byte: number): void {
  if (view.access !== FILE_MAP_COPY) {
    view.object.bytes[at] = byte;
    return;
  }
  const page = Math.floor(at / PAGE_BYTES);
  const start = page * PAGE_BYTES;
  const own = view.own.get(page) ?? Buffer.from(view.object.bytes.subarray(start, start + PAGE_BYTES));
  own[at % PAGE_BYTES] = byte;
  view.own.set(page, own);
}
