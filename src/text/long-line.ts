/**
 * The bytes of a part of a file of any length, read in steps.
 *
 * Invariant: a step reads at most STEP_BYTES, so that a line of gigabytes holds the event loop up no longer than others.
 */
import type { LineSpan } from './line-forms.js';
import { allocate, type Pages } from './pages.js';
import type { Steps } from './work.js';

const STEP_BYTES = 2 ** 20;

export class ReadBytes implements Steps<Buffer> {
  readonly #pages: Pages;
  readonly #start: number;
  readonly #bytes: Buffer;
  #done = 0;

  /** @throws TOO_LARGE where no Buffer holds so many */
  constructor(pages: Pages, { start, end }: LineSpan) {
    this.#pages = pages;
    this.#start = start;
    this.#bytes = allocate(end - start);
  }

  step(): { value: Buffer } | undefined {
    const bytes = this.#bytes;
    const until = Math.min(this.#done + STEP_BYTES, bytes.length);
    this.#pages.fill(bytes.subarray(this.#done, until), this.#start + this.#done);
    this.#done = until;
    return until === bytes.length ? { value: bytes } : undefined;
  }
}
