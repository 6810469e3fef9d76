/**
 * The steps of a random program, and the requests they stand for.
 *
 * A step is made of numbers only; what it does is decided when its turn comes, from what there is at that moment. So a
 * failing program can be shortened, and what is left still makes sense.
 */
import fc from 'fast-check';
import {
  EVENT_ALL_ACCESS,
  EVENT_MODIFY_STATE,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  INFINITE,
  MUTEX_ALL_ACCESS,
  SYNCHRONIZE,
} from '../../../src/os/constants.js';
import { type ObjectKind, parseObjectName } from '../../../src/os/names.js';
import type { ObjectRequest } from '../../support/object-calls.js';
import { type ModelHandle, type ModelProcess, type ObjectsModel, PAGE_BYTES } from './objects-model.js';

export interface Step {
  readonly do: (typeof KINDS)[number][0];
  readonly process: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const KINDS = [
  ['create', 60],
  ['open', 30],
  ['set', 80],
  ['reset', 20],
  ['release', 80],
  ['look', 40],
  ['lookAtSeveral', 20],
  ['wait', 80],
  ['waitForSeveral', 80],
  ['abort', 10],
  ['map', 25],
  ['store', 30],
  ['load', 30],
  ['unmap', 8],
  ['close', 25],
  ['exit', 2],
  ['kill', 3],
] as const;

const number = fc.nat(2 ** 16);

export const step: fc.Arbitrary<Step> = fc.record({
  do: fc.oneof(...KINDS.map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) }))),
  process: number,
  a: number,
  b: number,
  c: number,
});

/** What a step does to which process: a request, its end, or nothing. */
export type Action =
  | { readonly process: number; readonly request: ObjectRequest }
  | { readonly process: number; readonly end: 'exit' | 'kill' };

const MOST_HANDLES = 8;
const MOST_WAITS = 4;
const pick = <T>(from: readonly T[], number: number): T | undefined => from[number % from.length];

export class Steps {
  readonly #model: ObjectsModel;
  readonly #stem: string;
  #count = 0;

  /** @param stem what the names of all objects begin with */
  constructor(model: ObjectsModel, stem: string) {
    this.#model = model;
    this.#stem = stem;
  }

  action(step: Step): Action | undefined {
    const index = step.process % this.#model.processes.length;
    if (step.do === 'exit' || step.do === 'kill') return { process: this.#victim(step), end: step.do };
    const process = this.#model.processes[index]!;
    const request =
      this.#request(step, process) ??
      (openHandles(process).length < 4 ? this.#create(step, process) : undefined);
    return request && { process: index, request };
  }

  /** Mostly a process with a mutex that others wait for. */
  #victim({ process, a }: Step): number {
    const { processes, pending } = this.#model;
    const owners = [...pending.values()].flatMap(({ handles }) =>
      handles.flatMap(({ object }) => (object.kind === 'mutex' && object.owner ? [object.owner] : [])),
    );
    const owner = pick(owners, a);
    return owner && a % 4 !== 0 ? processes.indexOf(owner) : process % processes.length;
  }

  #request(step: Step, process: ModelProcess): ObjectRequest | undefined {
    switch (step.do) {
      case 'create':
        return this.#create(step, process);
      case 'open':
        return this.#open(step, process);
      case 'set':
      case 'reset':
      case 'release':
      case 'close': {
        const handle = this.#wanted(process, step) ?? handleFor(process, step.do, step.a);
        return handle === undefined ? undefined : { do: step.do, handle };
      }
      case 'look':
      case 'wait':
      case 'lookAtSeveral':
      case 'waitForSeveral':
        return this.#wait(step, process);
      case 'abort': {
        const mine = [...this.#model.pending.values()].filter((wait) => wait.process === process);
        const wait = pick(mine, step.a);
        return wait && { do: 'abort', wait: wait.id };
      }
      default:
        return this.#onView(step, process);
    }
  }

  /** Often an event or a mutex that somebody waits for. */
  #wanted(process: ModelProcess, { do: what, a }: Step): string | undefined {
    if (what === 'close' || what === 'reset' || a % 3 === 0) return undefined;
    const objects = new Set(
      [...this.#model.pending.values()].flatMap(({ handles }) => handles.map(({ object }) => object)),
    );
    const fits = ({ object }: ModelHandle) =>
      what === 'set' ? object.kind === 'event' : object.kind === 'mutex' && object.owner === process;
    return pick(
      openHandles(process).filter(([, handle]) => objects.has(handle.object) && fits(handle)),
      a,
    )?.[0];
  }

  #next(stem: string): string {
    return `${stem}${this.#count++}`;
  }

  /** One of three names, bare, with Local\ or, the other object, with Global\. */
  #name(number: number): string {
    const prefix = ['', '', '', 'Local\\', 'Local\\', 'Local\\', 'Global\\'][Math.floor(number / 3) % 7];
    return `${prefix}${this.#stem}-${'abc'[number % 3]}`;
  }

  #create({ a, b, c }: Step, process: ModelProcess): ObjectRequest | undefined {
    if (openHandles(process).length >= MOST_HANDLES) return undefined;
    const as = this.#next('handle');
    const name = c % 16 === 0 ? null : this.#name(a);
    // Mostly as what has the name already, so that processes meet.
    const living = name === null || b % 16 === 0 ? undefined : this.#living(name);
    switch (living ?? pick(['file mapping', 'event', 'event', 'mutex', 'mutex'], b >> 4)) {
      case 'file mapping':
        return { do: 'createMapping', as, name, size: PAGE_BYTES * (1 + (c % 2)) };
      case 'event':
        return { do: 'createEvent', as, name, manual: c % 3 === 0, initial: c % 5 === 0 };
      default:
        return { do: 'createMutex', as, name, owned: c % 2 === 0 };
    }
  }

  #living(name: string): ObjectKind | undefined {
    const { full } = parseObjectName(name, 'step');
    return this.#model.named.find((object) => object.name === full)?.kind;
  }

  #open({ a, b, c }: Step, process: ModelProcess): ObjectRequest | undefined {
    if (openHandles(process).length >= MOST_HANDLES) return undefined;
    const as = this.#next('handle');
    const spelled = this.#name(a);
    const kinds = ['file mapping', 'event', 'mutex'] as const;
    const kind = (b % 16 === 0 ? undefined : this.#living(spelled)) ?? pick(kinds, b >> 4);
    const events = [...Array<number>(6).fill(EVENT_ALL_ACCESS), SYNCHRONIZE, EVENT_MODIFY_STATE];
    const mappings = [FILE_MAP_ALL_ACCESS, FILE_MAP_READ | FILE_MAP_WRITE, FILE_MAP_READ, FILE_MAP_COPY];
    if (kind === 'file mapping') return { do: 'openMapping', as, name: spelled, access: pick(mappings, c)! };
    if (kind === 'event') return { do: 'openEvent', as, name: spelled, access: pick(events, c)! };
    return { do: 'openMutex', as, name: spelled, access: pick([MUTEX_ALL_ACCESS, SYNCHRONIZE], c)! };
  }

  #wait({ do: what, a, b, c }: Step, process: ModelProcess): ObjectRequest | undefined {
    const several = what === 'lookAtSeveral' || what === 'waitForSeveral';
    const forever = what === 'wait' || what === 'waitForSeveral';
    const handles = several ? someHandles(process, a, 2 + (b % 3)) : [handleFor(process, 'wait', a)];
    if (handles.length === 0 || handles[0] === undefined) return undefined;
    const chosen = { handles: handles as string[], all: c % 2 === 0 };
    if (!forever) {
      const milliseconds = [0, 0, 2][b % 3]!;
      return { do: Math.floor(c / 2) % 2 === 0 ? 'wait' : 'waitAsync', ...chosen, milliseconds };
    }
    const mine = [...this.#model.pending.values()].filter((wait) => wait.process === process);
    if (mine.length >= MOST_WAITS) return undefined;
    return { do: 'waitAsync', ...chosen, milliseconds: INFINITE, wait: this.#next('wait') };
  }

  #onView({ do: what, a, b, c }: Step, process: ModelProcess): ObjectRequest | undefined {
    if (what === 'map') {
      const handle = handleFor(process, 'map', a);
      const access = pick([FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS, FILE_MAP_READ, FILE_MAP_COPY], b)!;
      return handle === undefined ? undefined : { do: 'map', view: this.#next('view'), handle, access };
    }
    const [view, state] = pick([...process.views], a) ?? [];
    if (view === undefined || state === undefined) return undefined;
    const offset = b % (state.object.bytes.length - 8);
    if (what === 'load') return { do: 'load', view, offset, length: 8 };
    if (what === 'unmap') return { do: 'unmap', view };
    if (state.access === FILE_MAP_READ) return undefined;
    return { do: 'store', view, offset, bytes: Buffer.from([c, c >> 8, c, c >> 8].slice(c % 4)) };
  }
}

function openHandles(process: ModelProcess): [name: string, handle: ModelHandle][] {
  return [...process.handles].filter(([, { closed }]) => !closed);
}

/** Mostly a handle that fits; now and then any, also one that was closed. */
function handleFor(
  process: ModelProcess,
  what: 'set' | 'reset' | 'release' | 'close' | 'wait' | 'map',
  number: number,
): string | undefined {
  if (number % 16 === 0) return pick([...process.handles.keys()], number >> 4);
  const fits = ({ object }: ModelHandle) => {
    if (what === 'set' || what === 'reset') return object.kind === 'event';
    if (what === 'release') return object.kind === 'mutex';
    if (what === 'map') return object.kind === 'file mapping';
    return what === 'close' || object.kind !== 'file mapping';
  };
  const fitting = openHandles(process).filter(([, handle]) => fits(handle));
  // What is released is mostly what it owns.
  const owned = fitting.filter(([, { object }]) => object.kind === 'mutex' && object.owner === process);
  const from = what === 'release' && owned.length > 0 && number % 4 !== 1 ? owned : fitting;
  return pick(from, number >> 4)?.[0];
}

/** Handles to wait for together: of different objects, for Win32 does not say what one object twice means. */
function someHandles(process: ModelProcess, number: number, count: number): string[] {
  const usable = openHandles(process).filter(
    ([, { object, access }]) => object.kind !== 'file mapping' && (access & SYNCHRONIZE) !== 0,
  );
  const chosen = new Map<unknown, string>();
  for (let at = 0; at < usable.length && chosen.size < count; at++) {
    const [name, { object }] = usable[(at + number) % usable.length]!;
    if (!chosen.has(object)) chosen.set(object, name);
  }
  return [...chosen.values()];
}
