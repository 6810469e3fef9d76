/**
 * The last lines of a file, and those that come, as in `tail -F`: the name is followed, not the file.
 *
 * The file is looked at again and again: nothing tells of what is stored through a mapping. It is always read by position, for
 * somebody is writing to it.
 *
 * Invariants: no line is given before its end is there, unless the file ended or was replaced; a file that was cut, or whose
 * last bytes are other ones than those that were read, is read anew from its start; a file that was replaced is read to its
 * end first.
 */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isPerdureError } from '../os/errors.js';
import { BackwardReader } from './backward-reader.js';
import { encodingOf, type TextEncoding } from './encoding.js';
import { formerOf, type LineForm, type LineForms, type Text } from './line-forms.js';
import { isLongLine, LineReader, NOT_YET } from './line-reader.js';
import { Pace } from './pace.js';
import { Pages } from './pages.js';

/** What befell the file that is followed. */
export type TailEvent = 'truncated' | 'replaced' | 'removed';

export interface TailSettings {
  readonly path: string;
  readonly encoding: TextEncoding | 'auto';
  readonly maxLineBytes: number;
  /** Lines from the end to begin with. */
  readonly lines: number;
  readonly follow: boolean;
  readonly intervalMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: ((event: TailEvent) => void) | undefined;
}

/** Bytes remembered, to know the file by. */
const MEMORY_BYTES = 64;

export async function* tail<F extends LineForm>(
  settings: TailSettings,
  form: F,
): AsyncGenerator<LineForms[F], void, undefined> {
  const pace = new Pace({ signal: settings.signal });
  let followed = await Followed.open(settings, pace, settings.lines);
  try {
    for (;;) {
      // Before reading on: what stands behind the place reached may belong to another text.
      const event = settings.follow ? followed.event() : undefined;
      if (event === undefined) {
        yield* followed.lines(form, pace, !settings.follow);
        if (!settings.follow) return;
        await sleep(settings.intervalMs, undefined, { signal: settings.signal }).catch(
          rethrow(settings.signal),
        );
        continue;
      }
      if (event !== 'truncated') yield* followed.lines(form, pace, true);
      settings.onEvent?.(event);
      if (event === 'removed') await reappeared(settings);
      followed.close();
      followed = await Followed.open(settings, pace, Number.POSITIVE_INFINITY);
    }
  } finally {
    followed.close();
  }
}

/** A signal's own reason instead of the error that a timer makes of it. */
function rethrow(signal: AbortSignal | undefined): (error: unknown) => void {
  return (error) => {
    signal?.throwIfAborted();
    throw error;
  };
}

async function reappeared({ path, intervalMs, signal }: TailSettings): Promise<void> {
  while (!existsSync(path)) await sleep(intervalMs, undefined, { signal }).catch(rethrow(signal));
}

/** One file that the name meant for a while. */
class Followed {
  readonly #text: Text;
  readonly #reader: LineReader;
  /** The bytes before where reading stopped. */
  #memory: Buffer = Buffer.alloc(0);
  #memoryEnd = 0;

  private constructor(text: Text, start: number) {
    this.#text = text;
    this.#reader = new LineReader(text.pages, text.encoding, start, { onlyEnded: true });
    this.#remember();
  }

  static async open(settings: TailSettings, pace: Pace, lines: number): Promise<Followed> {
    for (;;) {
      try {
        const pages = new Pages(settings.path, 'copied');
        try {
          const encoding = encodingOf(pages, settings.encoding);
          const text = { pages, encoding, maxLineBytes: settings.maxLineBytes };
          const start = Number.isFinite(lines) ? await startOfLast(text, lines, pace) : encoding.markBytes;
          return new Followed(text, start);
        } catch (error) {
          pages.close();
          throw error;
        }
      } catch (error) {
        // Cut or removed in between: what is there then counts.
        const passing = isPerdureError(error, 'FILE_CHANGED') || isPerdureError(error, 'NOT_FOUND');
        if (!settings.follow || !passing) throw error;
        await reappeared(settings);
        await pace.rest(0, 0);
      }
    }
  }

  /** The lines up to the file's end. @param last also a last one without an end */
  async *lines<F extends LineForm>(form: F, pace: Pace, last: boolean): AsyncGenerator<LineForms[F]> {
    const { pages } = this.#text;
    const former = formerOf(this.#text, form);
    try {
      for (;;) {
        // Since the last line was taken the file may have become another: event() says so.
        if (!last && this.#isOther()) return;
        const lines = this.#reader.next();
        if (lines === undefined) break;
        if (lines !== NOT_YET) {
          const items = former(lines);
          this.#remember();
          yield* items;
        }
        if (pace.due) await pace.rest(this.#reader.at, pages.size);
      }
      const rest = { start: this.#reader.at, end: pages.size, ended: false };
      if (last && rest.end > rest.start) {
        yield* former(rest);
        this.#reader.skipTo(rest.end);
      }
    } catch (error) {
      // Cut while it was read: event() says so.
      if (last || !isPerdureError(error, 'FILE_CHANGED')) throw error;
    }
  }

  /** What befell the file since it was opened. */
  event(): TailEvent | undefined {
    const { pages } = this.#text;
    if (pages.stamp() === undefined) return existsSync(pages.location) ? 'replaced' : 'removed';
    pages.look();
    return pages.size < this.#reader.at || this.#isOther() ? 'truncated' : undefined;
  }

  close(): void {
    this.#text.pages.close();
  }

  #remember(): void {
    const { pages } = this.#text;
    const end = this.#reader.at;
    if (end === this.#memoryEnd && end > 0) return;
    const start = Math.max(0, end - MEMORY_BYTES);
    this.#memory = pages.bytes(start, end - start);
    this.#memoryEnd = end;
  }

  /** True where the bytes before what comes next are not those that were read. */
  #isOther(): boolean {
    const start = this.#memoryEnd - this.#memory.length;
    try {
      return !this.#text.pages.bytes(start, this.#memory.length).equals(this.#memory);
    } catch (error) {
      if (isPerdureError(error, 'FILE_CHANGED')) return true;
      throw error;
    }
  }
}

/** Where the last lines begin. */
export async function startOfLast(text: Text, lines: number, pace: Pace): Promise<number> {
  const { pages, encoding } = text;
  pages.look();
  const reader = new BackwardReader(pages, encoding);
  let start = pages.size;
  for (let left = lines; left > 0; ) {
    const found = reader.next();
    if (found === undefined) return encoding.markBytes;
    if (found !== NOT_YET) {
      if (isLongLine(found)) {
        start = found.start;
        left--;
      } else if (found.ends.length < left) {
        start = found.offset + found.first;
        left -= found.ends.length;
      } else {
        const before = found.ends.length - left;
        return before === 0
          ? found.offset + found.first
          : found.offset + found.ends[before - 1]! + encoding.lineEnd.width;
      }
    }
    if (pace.due) await pace.rest(pages.size - start, pages.size);
  }
  return start;
}
