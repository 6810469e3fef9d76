/**
 * Calls on named objects as messages: what a test says to another process, or to another thread, and how it is carried
 * out there. Handles, views and pending waits are kept under names that the test chooses.
 */
import { randomUUID } from 'node:crypto';
import {
  closeHandle,
  createEvent,
  createFile,
  createFileMapping,
  createMutex,
  type EventHandle,
  FILE_MAP_WRITE,
  type FileMappingHandle,
  GENERIC_READ,
  GENERIC_WRITE,
  type Handle,
  INFINITE,
  INVALID_HANDLE_VALUE,
  listNamedObjects,
  type MappedView,
  type MutexHandle,
  mapViewOfFile,
  OPEN_EXISTING,
  openEvent,
  openFileMapping,
  openMutex,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  releaseMutex,
  resetEvent,
  setEvent,
  unmapViewOfFile,
  WAIT_OBJECT_0,
  type Waitable,
  waitForMultipleObjects,
  waitForMultipleObjectsAsync,
  waitForSingleObject,
  waitForSingleObjectAsync,
} from '../../src/os/index.js';

const PROTECTIONS = { PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY };
export type ProtectionName = keyof typeof PROTECTIONS;

/** `as` and `handle` are the test's own names for handles, `view` for views, `wait` for waits. */
export type ObjectRequest =
  | {
      do: 'createMapping';
      as: string;
      name: string | null;
      size: number;
      protection?: ProtectionName;
      path?: string;
    }
  | { do: 'openMapping'; as: string; name: string; access: number }
  | { do: 'createEvent'; as: string; name: string | null; manual: boolean; initial: boolean }
  | { do: 'openEvent'; as: string; name: string; access: number }
  | { do: 'createMutex'; as: string; name: string | null; owned: boolean }
  | { do: 'openMutex'; as: string; name: string; access: number }
  | { do: 'set' | 'reset' | 'release' | 'close'; handle: string }
  | { do: 'map'; view: string; handle: string; access: number }
  | { do: 'store'; view: string; offset: number; bytes: Uint8Array }
  | { do: 'load'; view: string; offset: number; length: number }
  | { do: 'unmap'; view: string }
  | { do: 'wait'; handles: string[]; all?: boolean; milliseconds: number }
  | { do: 'waitAsync'; handles: string[]; all?: boolean; milliseconds: number; wait?: string }
  | { do: 'abort'; wait: string }
  | { do: 'list'; containing: string }
  /** Creates and closes an object again and again, using it each time; how often it was new. */
  | { do: 'churn'; create: ObjectRequest; rounds: number }
  /** Waits for one event and sets the other, again and again, by turns in the blocking form and the other one. */
  | { do: 'answerTurns'; wait: string; set: string; turns: number }
  /** Adds 1 to a number in a view, not atomically, under a mutex; how often somebody else was met there. */
  | { do: 'count'; mutex: string; view: string; rounds: number; how: 'wait' | 'waitAsync' | 'both' }
  /** Sets, releases or exits a little later: the test may block until it does. */
  | { do: 'later'; milliseconds: number; action: 'set' | 'release' | 'exit'; handle: string }
  | { do: 'closeAll' }
  | { do: 'exit'; code: number }
  | { do: 'exitWhenSatisfied'; handle: string; code: number };

/** What is told of a handle. */
export interface Opened {
  alreadyExisted: boolean;
  sizeBytes?: number;
  protection?: string;
}

/** The outcome of a wait that an AbortSignal ended. */
export const ABORTED = 'aborted';

function opened(handle: Handle): Opened {
  return {
    alreadyExisted: handle.alreadyExisted,
    ...(handle.kind === 'file mapping' && {
      sizeBytes: handle.sizeBytes,
      protection: handle.protection.name,
    }),
  };
}

/** A new mapping is zeros; its creator leaves a mark, so that memory used a second time would show. */
function useMapping(mapping: FileMappingHandle): void {
  const view = mapViewOfFile(mapping, FILE_MAP_WRITE, 0, 0);
  const bytes = new Uint8Array(view.buffer);
  if (!mapping.alreadyExisted) {
    if (bytes.some((byte) => byte !== 0)) throw new Error('a new mapping was not zeros');
    bytes[0] = 1;
  }
  unmapViewOfFile(view);
}

function useWaitable(object: Waitable): void {
  if (object.kind === 'event') return setEvent(object);
  const result = waitForSingleObject(object, INFINITE);
  if (result !== WAIT_OBJECT_0)
    throw new Error(`nobody died with the mutex, and yet the wait gave ${result}`);
  releaseMutex(object);
}

export class ObjectCalls {
  readonly #handles = new Map<string, Handle>();
  readonly #views = new Map<string, MappedView>();
  readonly #waits = new Map<string, AbortController>();

  carryOut(request: ObjectRequest): unknown {
    switch (request.do) {
      case 'createMapping':
        return this.#keep(request.as, this.#createMapping(request));
      case 'openMapping':
        return this.#keep(request.as, openFileMapping(request.access, false, request.name));
      case 'createEvent':
        return this.#keep(request.as, createEvent(null, request.manual, request.initial, request.name));
      case 'openEvent':
        return this.#keep(request.as, openEvent(request.access, false, request.name));
      case 'createMutex':
        return this.#keep(request.as, createMutex(null, request.owned, request.name));
      case 'openMutex':
        return this.#keep(request.as, openMutex(request.access, false, request.name));
      case 'map': {
        const mapping = this.#handle<FileMappingHandle>(request.handle);
        this.#views.set(request.view, mapViewOfFile(mapping, request.access, 0, 0));
        return;
      }
      case 'store':
        return new Uint8Array(this.#view(request.view).buffer).set(request.bytes, request.offset);
      case 'load': {
        const { view, offset, length } = request;
        return new Uint8Array(this.#view(view).buffer).slice(offset, offset + length);
      }
      case 'unmap':
        return unmapViewOfFile(this.#view(request.view));
      case 'abort':
        return this.#waits.get(request.wait)?.abort();
      case 'list':
        return listNamedObjects().filter(({ name }) => name.includes(request.containing));
      case 'churn':
        return this.#churn(request.create, request.rounds);
      case 'answerTurns':
        return this.#answerTurns(request.wait, request.set, request.turns);
      case 'count':
        return this.#count(request);
      case 'later':
        return this.#later(request);
      case 'closeAll':
        return this.#closeAll();
      case 'exit':
        return process.exit(request.code);
      default:
        return this.#onWaitable(request);
    }
  }

  #onWaitable(
    request: Extract<
      ObjectRequest,
      { do: 'set' | 'reset' | 'release' | 'close' | 'wait' | 'waitAsync' | 'exitWhenSatisfied' }
    >,
  ): unknown {
    switch (request.do) {
      case 'set':
        return setEvent(this.#handle(request.handle));
      case 'reset':
        return resetEvent(this.#handle(request.handle));
      case 'release':
        return releaseMutex(this.#handle(request.handle));
      case 'close':
        return closeHandle(this.#handle(request.handle));
      case 'wait': {
        const handles = request.handles.map((name) => this.#handle<Waitable>(name));
        if (handles.length === 1) return waitForSingleObject(handles[0]!, request.milliseconds);
        return waitForMultipleObjects(handles, request.all ?? false, request.milliseconds);
      }
      case 'waitAsync':
        return this.#waitAsync(request);
      case 'exitWhenSatisfied':
        void waitForSingleObjectAsync(this.#handle(request.handle), INFINITE).then(() =>
          process.exit(request.code),
        );
        return;
    }
  }

  #createMapping({ name, size, protection, path }: Extract<ObjectRequest, { do: 'createMapping' }>) {
    const page = PROTECTIONS[protection ?? 'PAGE_READWRITE'];
    if (path === undefined) return createFileMapping(INVALID_HANDLE_VALUE, null, page, size, name);
    const file = createFile(path, GENERIC_READ | GENERIC_WRITE, 0, null, OPEN_EXISTING, 0);
    try {
      return createFileMapping(file, null, page, size, name);
    } finally {
      closeHandle(file);
    }
  }

  async #waitAsync({
    handles,
    all,
    milliseconds,
    wait = randomUUID(),
  }: Extract<ObjectRequest, { do: 'waitAsync' }>): Promise<number | typeof ABORTED> {
    const controller = new AbortController();
    this.#waits.set(wait, controller);
    try {
      const objects = handles.map((name) => this.#handle<Waitable>(name));
      return await (objects.length === 1
        ? waitForSingleObjectAsync(objects[0]!, milliseconds, controller.signal)
        : waitForMultipleObjectsAsync(objects, all ?? false, milliseconds, controller.signal));
    } catch (error) {
      if (error === controller.signal.reason) return ABORTED;
      throw error;
    } finally {
      this.#waits.delete(wait);
    }
  }

  #churn(create: ObjectRequest, rounds: number): number {
    let created = 0;
    for (let round = 0; round < rounds; round++) {
      this.carryOut(create);
      const handle = this.#handle((create as { as: string }).as);
      if (!handle.alreadyExisted) created++;
      if (handle.kind === 'file mapping') useMapping(handle);
      else if (handle.kind !== 'file') useWaitable(handle);
      closeHandle(handle);
    }
    return created;
  }

  async #answerTurns(wait: string, set: string, turns: number): Promise<void> {
    const [waited, answered] = [this.#handle<EventHandle>(wait), this.#handle<EventHandle>(set)];
    for (let turn = 0; turn < turns; turn++) {
      if (turn % 3 === 0) waitForSingleObject(waited, INFINITE);
      else await waitForSingleObjectAsync(waited, INFINITE);
      setEvent(answered);
    }
  }

  async #count(request: Extract<ObjectRequest, { do: 'count' }>): Promise<number> {
    const { how, rounds } = request;
    const mutex = this.#handle<MutexHandle>(request.mutex);
    const [count, inside] = [0, 1];
    const words = new Uint32Array(this.#view(request.view).buffer, 0, 2);
    let met = 0;
    for (let round = 0; round < rounds; round++) {
      if (how === 'wait' || (how === 'both' && round % 2 === 0)) waitForSingleObject(mutex, INFINITE);
      else await waitForSingleObjectAsync(mutex, INFINITE);
      if (words[inside] !== 0) met++;
      words[inside] = process.pid;
      const before = words[count]!;
      // Long enough for the others to come and queue.
      for (let spin = (round % 3) * 2000; spin > 0; spin--) Atomics.load(words, inside);
      if (how === 'both' && round % 8 === 1) await new Promise(setImmediate);
      words[count] = before + 1;
      if (words[inside] !== process.pid) met++;
      words[inside] = 0;
      releaseMutex(mutex);
    }
    return met;
  }

  #later({ milliseconds, action, handle }: Extract<ObjectRequest, { do: 'later' }>): void {
    setTimeout(() => {
      if (action === 'exit') process.exit();
      this.carryOut({ do: action, handle });
    }, milliseconds);
  }

  #closeAll(): void {
    for (const view of this.#views.values()) unmapViewOfFile(view);
    for (const handle of this.#handles.values()) closeHandle(handle);
    this.#views.clear();
    this.#handles.clear();
  }

  #keep(as: string, handle: Handle): Opened {
    this.#handles.set(as, handle);
    return opened(handle);
  }

  #handle<T extends Handle>(name: string): T {
    const handle = this.#handles.get(name);
    if (!handle) throw new Error(`no handle is called ${name}`);
    return handle as T;
  }

  #view(name: string): MappedView {
    const view = this.#views.get(name);
    if (!view) throw new Error(`no view is called ${name}`);
    return view;
  }
}
