/**
 * Shared memory, events and channels as commands open them: by the full name, and with errors that speak of commands and options
 * where the library's speak of calls and handles.
 */
import { withArticle } from '../../os/arguments.js';
import { type ErrorCode, isPerdureError, listNamedObjects, PerdureError } from '../../os/index.js';
import {
  Channel,
  type ChannelOptions,
  type Consumer,
  type ConsumerOptions,
  type Producer,
  SharedEvent,
  SharedMemory,
  type SharedMemoryOpenOptions,
} from '../../shared/index.js';
import { grouped } from '../output.js';
import { type CreateOptions, createMemory as createOrFallBack, GLOBAL } from './create-memory.js';

/** @throws NOT_FOUND, INVALID_HANDLE, ACCESS_DENIED */
export function openMemory(name: string, options: SharedMemoryOpenOptions = {}): SharedMemory {
  return told(() => SharedMemory.open(name, options), {
    NOT_FOUND: `there is no memory named '${name}': 'perdure shm create' makes it, and holds it; 'perdure shm list' shows what is there`,
    INVALID_HANDLE: otherKind(name, 'memory'),
    ACCESS_DENIED: `no permission for '${name}': another user made it, and would have to say --everyone`,
  });
}

/** @throws ALREADY_EXISTS, INVALID_HANDLE, ACCESS_DENIED, OUT_OF_MEMORY */
export function createMemory(
  name: string,
  options: CreateOptions,
): { memory: SharedMemory; fellBack: boolean } {
  const size = grouped(options.size);
  const global = name.startsWith(GLOBAL);
  return told(() => createOrFallBack(name, options), {
    ALREADY_EXISTS: `'${name}' exists already: choose another name, or have its holder let go ('perdure shm close')`,
    INVALID_HANDLE: otherKind(name, 'memory'),
    ACCESS_DENIED: global
      ? `no permission to create '${name}': another user has it, or Windows' SeCreateGlobalPrivilege is missing; --fallback-local takes the local name instead`
      : `no permission for '${name}': another user has it`,
    OUT_OF_MEMORY: `there is no room for ${size} bytes of shared memory; give a smaller --size`,
  });
}

/** @throws NOT_FOUND, INVALID_HANDLE, ACCESS_DENIED */
export function openEvent(name: string): SharedEvent {
  return told(() => SharedEvent.open(name), {
    NOT_FOUND: `there is no event named '${name}': 'perdure shm watch --event' makes it, and holds it while it watches`,
    ...EVENT_WORDS(name),
  });
}

/** @throws INVALID_HANDLE, ACCESS_DENIED */
export function openOrCreateEvent(name: string): SharedEvent {
  return told(() => SharedEvent.openOrCreate(name), EVENT_WORDS(name));
}

const EVENT_WORDS = (name: string) => ({
  INVALID_HANDLE: otherKind(name, 'an event'),
  ACCESS_DENIED: `no permission for '${name}': another user made it`,
});

/** @throws INVALID_HANDLE, ACCESS_DENIED, CORRUPT, INVALID_ARGUMENT */
export function openProducer(name: string, options: ChannelOptions): Producer {
  return told(() => Channel.producer(name, options), CHANNEL_WORDS(name));
}

/** @throws INVALID_HANDLE, ACCESS_DENIED, CORRUPT, INVALID_ARGUMENT */
export function openConsumer(name: string, options: ConsumerOptions): Consumer {
  return told(() => Channel.consumer(name, options), CHANNEL_WORDS(name));
}

const CHANNEL_WORDS = (name: string) => ({
  INVALID_HANDLE: otherKind(name, 'a channel'),
  ACCESS_DENIED: `no permission for '${name}': another user made it, and would have to say --everyone`,
});

/** What has the name that was meant for something else. To be called when that has shown: whoever has it may let go. */
function otherKind(name: string, meant: string): () => string {
  return () => {
    const kind = listNamedObjects().find((object) => object.name === name)?.kind;
    const what =
      kind === undefined ? `something else than ${meant}` : `${withArticle(kind)}, not of ${meant}`;
    return `'${name}' is the name of ${what}; choose another name`;
  };
}

/** Does it, and says what goes wrong in these words. */
function told<T>(act: () => T, words: Partial<Record<ErrorCode, string | (() => string)>>): T {
  try {
    return act();
  } catch (error) {
    const word = isPerdureError(error) ? words[error.code] : undefined;
    if (word === undefined) throw error;
    const message = typeof word === 'function' ? word() : word;
    throw new PerdureError((error as PerdureError).code, message, { cause: error });
  }
}
