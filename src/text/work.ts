/**
 * Work in steps of a bounded size, to be done in one go or in slices with turns of the event loop between them; and
 * sequences of items that such work finds.
 */
import { Pace, type PaceOptions } from './pace.js';

/** How far a piece of work has come. */
export interface Stepping {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** Steps to one result. */
export interface Steps<T> {
  /** Does the next step. @returns the result, or undefined where there is more to do */
  step(): { readonly value: T } | undefined;
}

/** Work with one result. */
export interface Work<T> extends Stepping, Steps<T> {}

/** A result that is there already. */
export function ready<T>(value: T): Steps<T> {
  const result = { value };
  return { step: () => result };
}

/** Steps to something else, which is made of the result in the last one. */
export function made<T, U>(steps: Steps<T>, make: (value: T) => U): Steps<U> {
  return {
    step: () => {
      const result = steps.step();
      return result && { value: make(result.value) };
    },
  };
}

export function doNow<T>(work: Steps<T>): T {
  for (;;) {
    const result = work.step();
    if (result !== undefined) return result.value;
  }
}

export async function doInSlices<T>(work: Work<T>, options?: PaceOptions): Promise<T> {
  const pace = new Pace(options);
  for (;;) {
    const result = work.step();
    if (result !== undefined) {
      pace.finish(work.totalBytes);
      return result.value;
    }
    if (pace.due) await pace.rest(work.doneBytes, work.totalBytes);
  }
}

/** Work that finds items. */
export interface Source<T> extends Stepping {
  /** Does the next step. @returns what it found, perhaps nothing, or undefined at the end */
  step(): readonly T[] | undefined;
}

/**
 * Items of a file, found while they are iterated over: with `for await`, in slices that leave the event loop its turns;
 * with `for`, without. Each iteration begins anew.
 */
export class Sequence<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #open: () => Source<T>;
  readonly #pace: PaceOptions | undefined;

  /** @internal */
  constructor(open: () => Source<T>, pace?: PaceOptions) {
    this.#open = open;
    this.#pace = pace;
  }

  [Symbol.iterator](): IterableIterator<T> {
    return new SyncItems(this.#open());
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return new AsyncItems(this.#open(), new Pace(this.#pace));
  }

  /**
   * The items in arrays, as they are found together: `for await` over single items costs more than finding them.
   * No array is empty.
   */
  batches(): AsyncGenerator<readonly T[], void, undefined> {
    return batches(this.#open(), new Pace(this.#pace));
  }
}

/** The same with all items of a step at once. */
async function* batches<T>(source: Source<T>, pace: Pace): AsyncGenerator<readonly T[], void, undefined> {
  for (;;) {
    const items = source.step();
    if (items === undefined) {
      pace.finish(source.totalBytes);
      return;
    }
    if (items.length > 0) yield items;
    if (pace.due) await pace.rest(source.doneBytes, source.totalBytes);
  }
}

class SyncItems<T> implements IterableIterator<T> {
  #source: Source<T> | undefined;
  #items: readonly T[] = [];
  #at = 0;

  constructor(source: Source<T>) {
    this.#source = source;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T, undefined> {
    while (this.#at >= this.#items.length) {
      const items = this.#source?.step();
      if (items === undefined) return this.return();
      this.#items = items;
      this.#at = 0;
    }
    return { done: false, value: this.#items[this.#at++]! };
  }

  return(): IteratorResult<T, undefined> {
    this.#source = undefined;
    this.#items = [];
    return { done: true, value: undefined };
  }
}

class AsyncItems<T> implements AsyncIterableIterator<T> {
  readonly #pace: Pace;
  #source: Source<T> | undefined;
  #items: readonly T[] = [];
  #at = 0;
  /** Calls of `next` before the one before was answered are answered in turn. */
  #last: Promise<unknown> | undefined;

  constructor(source: Source<T>, pace: Pace) {
    this.#source = source;
    this.#pace = pace;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, undefined>> {
    // By the hundred thousand in a second: the way without waiting is kept free of everything else.
    if (this.#last === undefined && this.#at < this.#items.length && (this.#at & 255) !== 255) {
      return Promise.resolve({ done: false, value: this.#items[this.#at++]! });
    }
    const next = (this.#last ?? Promise.resolve()).then(() => this.#find());
    const settled = next
      .catch(() => {})
      .then(() => {
        if (this.#last === settled) this.#last = undefined;
      });
    this.#last = settled;
    return next;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#source = undefined;
    this.#items = [];
    return { done: true, value: undefined };
  }

  async #find(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      if (this.#source !== undefined && this.#pace.due) {
        await this.#pace.rest(this.#source.doneBytes, this.#source.totalBytes);
      }
      if (this.#at < this.#items.length) return { done: false, value: this.#items[this.#at++]! };
      const source = this.#source;
      const items = source?.step();
      if (items === undefined) {
        if (source) this.#pace.finish(source.totalBytes);
        return this.return();
      }
      this.#items = items;
      this.#at = 0;
    }
  }
}
