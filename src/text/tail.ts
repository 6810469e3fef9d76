/**
 * The last lines of a file, and those that come, as in `tail -F`: the name is followed, not the file.
 *
 * The file is looked at again and again: nothing tells of what is stored through a mapping. It is always read by position, for
 * somebody is writing to it.
 *
 * Invariants: no line is given before its end is there, unless the file ended or another one has its name; a file that was
 * cut, or whose last bytes are other ones than those that were read, is read anew from its start; a file that lost its name
 * is read on until another one has it, for whoever has it open may go on writing into it.
 */
import { existsSync } from 'node:fs';
import { type ErrorCode, isPerdureError } from '../os/errors.js';
import { pause } from './abort.js';
import { BackwardReader } from './backward-reader.js';
import { encodingOf, type TextEncoding } from './encoding.js';
import { FormedLines } from './formed-lines.js';
import { type Former, formerOf, type LineForm, type LineForms, type Text } from './line-forms.js';
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

/** A file that is just being put in the place of another one may not be readable yet: its maker has still to say by whom. */
const UNREADABLE: readonly ErrorCode[] = ['ACCESS_DENIED', 'SHARING_VIOLATION'];
/** Cut or removed in between: what is there then counts. */
const PASSING: readonly ErrorCode[] = ['FILE_CHANGED', 'NOT_FOUND', ...UNREADABLE];

/** Bytes remembered, to know the file by. */
const MEMORY_BYTES = 64;

export async function* tail<F extends LineForm>(
  settings: TailSettings,
  form: F,
): AsyncGenerator<LineForms[F], void, undefined> {
  const { path, follow, intervalMs, signal, onEvent } = settings;
  const pace = new Pace({ signal });
  let followed = await open(settings, form, pace, settings.lines);
  try {
    for (;;) {
      // Before reading on: what stands behind the place reached may belong to another text.
      const event = follow ? followed.event() : undefined;
      if (event === undefined) {
        yield* followed.lines(pace, !follow);
        if (!follow) return;
        await pause(intervalMs, signal);
        continue;
      }
      if (event === 'removed') {
        yield* followed.lines(pace, false);
        onEvent?.(event);
        while (!existsSync(path)) {
          await pause(intervalMs, signal);
          yield* followed.lines(pace, false);
        }
        // The same file may have its name again.
        if (followed.event() === undefined) continue;
      }
      if (event !== 'truncated') yield* followed.lines(pace, true);
      if (event !== 'removed') onEvent?.(event);
      followed.close();
      followed = await open(settings, form, pace, Number.POSITIVE_INFINITY);
    }
  } finally {
    followed.close();
  }
}

/** What has the name now, from its last lines on. */
async function open<F extends LineForm>(
  settings: TailSettings,
  form: F,
  pace: Pace,
  lines: number,
): Promise<Followed<LineForms[F]>> {
  const { path, follow, intervalMs, signal, maxLineBytes } = settings;
  for (;;) {
    try {
      const pages = new Pages(path, 'copied');
      try {
        const text = { pages, encoding: encodingOf(pages, settings.encoding), maxLineBytes };
        const start = Number.isFinite(lines) ? await startOfLast(text, lines, pace) : text.encoding.markBytes;
        return new Followed(text, start, formerOf(text, form), follow);
      } catch (error) {
        pages.close();
        throw error;
      }
    } catch (error) {
      if (!follow || !PASSING.some((code) => isPerdureError(error, code))) throw error;
      if (Number.isFinite(lines) && UNREADABLE.some((code) => isPerdureError(error, code))) throw error;
      await pause(intervalMs, signal);
    }
  }
}

/** One file that the name meant for a while. */
class Followed<T> {
  readonly #text: Text;
  readonly #reader: LineReader;
  readonly #former: Former<T>;
  readonly #lines: FormedLines<T>;
  readonly #follow: boolean;
  /** The bytes before where reading stopped. */
  #memory: Buffer = Buffer.alloc(0);
  #memoryEnd = 0;

  constructor(text: Text, start: number, former: Former<T>, follow: boolean) {
    this.#text = text;
    this.#reader = new LineReader(text.pages, text.encoding, start, { onlyEnded: true });
    this.#former = former;
    this.#lines = new FormedLines(this.#reader, former);
    this.#follow = follow;
    this.#remember();
  }

  /** The lines up to the file's end. @param last also a last one without an end */
  async *lines(pace: Pace, last: boolean): AsyncGenerator<T> {
    const { pages } = this.#text;
    try {
      for (;;) {
        // Since the last line was taken the file may have become another: event() says so.
        if (this.#follow && this.#isOther()) return;
        const items = this.#lines.next();
        if (items === undefined) break;
        if (items !== NOT_YET) {
          this.#remember();
          yield* items;
        }
        if (pace.due) await pace.rest(this.#reader.at, pages.size);
      }
      const rest = { start: this.#reader.at, end: pages.size, ended: false };
      if (!last || rest.end <= rest.start) return;
      for (const line = this.#former.long(rest); ; ) {
        const result = line.step();
        if (pace.due) await pace.rest(rest.start, rest.end);
        if (result === undefined) continue;
        yield result.value;
        return this.#reader.skipTo(rest.end);
      }
    } catch (error) {
      // Cut while it was read: event() says so.
      if (!this.#follow || !isPerdureError(error, 'FILE_CHANGED')) throw error;
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
