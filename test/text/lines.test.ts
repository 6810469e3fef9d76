/**
 * Lines against a plain reader: random texts in every encoding, mapped in small windows and copied, forwards, backwards, by
 * number, as strings, bytes and offsets.
 */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLargeFile } from '../../src/text/index.js';
import { failure, rejection } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { plainLines, plainText } from './plain-text.js';

const file = tempFiles();

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** toEqual for long lists: a hundred times as fast where they are equal. */
function expectSame<T>(actual: readonly T[], expected: readonly T[]): void {
  const same = actual.length === expected.length && actual.every((item, index) => item === expected[index]);
  if (!same) expect(actual).toEqual(expected);
}

const flat = (spans: Iterable<{ start: number; end: number }>) =>
  [...spans].flatMap(({ start, end }) => [start, end]);

describe('lines of random texts', () => {
  it.each([false, true])('are those of a plain reader (safe: %s)', async (safe) => {
    const path = file();
    await fc.assert(
      fc.asyncProperty(plainText, fc.nat(60), fc.nat(60), async (text, from, count) => {
        writeFileSync(path, text.bytes);
        const expected = plainLines(text);
        using opened = openLargeFile(path, { encoding: text.encoding, safe }, { windowBytes: 65_536 });
        expect(opened.reading).toBe(safe ? 'copied' : 'mapped');
        const texts = expected.map((line) => line.text);
        expectSame([...opened.lines()], texts);
        expectSame(await collect(opened.lines()), texts);
        expectSame((await collect(opened.lines().batches())).flat(), texts);
        expectSame([...opened.lines({ reverse: true })], texts.toReversed());
        expectSame(flat(opened.lines({ as: 'offsets' })), flat(expected));
        const backwards = await collect(opened.lines({ as: 'offsets', reverse: true }));
        expectSame(flat(backwards), flat(expected.toReversed()));
        const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
        const bytes = expected.map(({ start, end }) => hex(text.bytes.subarray(start, end)));
        expectSame([...opened.lines({ as: 'bytes' })].map(hex), bytes);
        const to = from + count;
        expectSame([...opened.lines({ from, to })], texts.slice(from, to));
        expectSame([...opened.lines({ from, to, reverse: true })], texts.slice(from, to).reverse());
        expectSame(await collect(opened.lines({ from })), texts.slice(from));
        expect(await opened.countLines()).toBe(texts.length);
        expect(opened.lineCount).toBe(texts.length);
        expect(opened.lineSync(from)).toBe(texts[from]);
        const line = expected[from];
        if (line) expect(await opened.lineNumberAt(line.start)).toBe(from);
        if (line) expect(await opened.lineNumberAt(line.end)).toBe(from);
      }),
      runs(20),
    );
  });

  it('with automatic encoding, the byte order mark decides', () => {
    const path = file();
    const read = (bytes: Buffer) => {
      writeFileSync(path, bytes);
      using opened = openLargeFile(path);
      return [opened.encoding, ...opened.lines()];
    };
    expect(read(Buffer.from('\ufeffa\r\nb\n'))).toEqual(['utf8', 'a', 'b']);
    expect(read(Buffer.from('\ufeffa\r\nb\n', 'utf16le'))).toEqual(['utf16le', 'a', 'b']);
    expect(read(Buffer.from('\ufeffa\r\nb\n', 'utf16le').swap16())).toEqual(['utf16be', 'a', 'b']);
    expect(read(Buffer.from('a\nb'))).toEqual(['utf8', 'a', 'b']);
    expect(read(Buffer.from('\ufeff'))).toEqual(['utf8']);
    expect(read(Buffer.alloc(0))).toEqual(['utf8']);
    expect(read(Buffer.from('\n'))).toEqual(['utf8', '']);
  });
});

describe('use of lines', () => {
  it('what is given away stays what it is after the file is closed', () => {
    const path = file();
    writeFileSync(path, 'one\ntwo\n');
    const opened = openLargeFile(path, { safe: false });
    const [first] = opened.lines({ as: 'bytes' });
    const bytes = opened.slice(4, 7);
    opened.close();
    expect(`${first} ${bytes}`).toBe('one two');
  });

  it('a closed file is CLOSED, in the middle of an iteration too', async () => {
    const path = file();
    writeFileSync(path, 'line\n'.repeat(100_000));
    const opened = openLargeFile(path);
    const lines = opened.lines()[Symbol.iterator]();
    lines.next();
    opened.close();
    opened.close();
    failure(() => [...lines], 'CLOSED');
    failure(() => opened.lines(), 'CLOSED');
    failure(() => opened.size, 'CLOSED');
    failure(() => opened.slice(0, 1), 'CLOSED');
    failure(() => opened.lineSync(0), 'CLOSED');
    await rejection(opened.countLines(), 'CLOSED');
  });

  it('lines that are too long are TOO_LARGE, short and long ones, and offsets still tell where they are', () => {
    const path = file();
    writeFileSync(path, `short\n${'x'.repeat(20)}\n${'y'.repeat(200_000)}\nend\n`);
    const read = (maxLineBytes: number) => {
      using opened = openLargeFile(path, { maxLineBytes });
      return [...opened.lines()].length;
    };
    expect(read(200_000)).toBe(4);
    failure(() => read(199_999), 'TOO_LARGE');
    failure(() => read(19), 'TOO_LARGE');
    using opened = openLargeFile(path, { maxLineBytes: 10 });
    expect([...opened.lines({ as: 'offsets' })].map(({ start, end }) => end - start)).toEqual([
      5, 20, 200_000, 3,
    ]);
  });

  it('refuses what makes no sense', async () => {
    const path = file();
    writeFileSync(path, 'one\n');
    using opened = openLargeFile(path);
    const bad: (() => unknown)[] = [
      () => openLargeFile(path, { encoding: 'utf-7' as 'utf8' }),
      () => openLargeFile(path, { safe: 1 as unknown as boolean }),
      () => openLargeFile(path, { saf: true } as object),
      () => openLargeFile(path, { index: '' }),
      () => openLargeFile(path, { maxLineBytes: 0 }),
      () => opened.lines({ from: -1 }),
      () => opened.lines({ to: 1.5 }),
      () => opened.lines({ as: 'buffer' as 'bytes' }),
      () => opened.lineSync(Number.NaN),
      () => opened.slice(3, 2),
      () => opened.find('', {}),
      () => [...opened.findAll('')],
      () => opened.findSync(5 as unknown as string),
      () => opened.search(5 as unknown as string),
      () => opened.tail({ lines: -1 }),
      () => opened.fields({ format: 'xml' as 'csv' }),
      () => opened.sample(-1),
    ];
    for (const call of bad) {
      const result = (async () => call())();
      await rejection(result, 'INVALID_ARGUMENT');
    }
    failure(() => opened.slice(0, 5), 'OUT_OF_BOUNDS');
    failure(() => opened.lineNumberAtSync(5), 'OUT_OF_BOUNDS');
    failure(() => openLargeFile(`${path}-not`), 'NOT_FOUND');
    failure(() => openLargeFile('/'), 'NOT_A_FILE');
  });
});

describe('the event loop', () => {
  it('has its turns while lines are counted, found and iterated over', async () => {
    const path = file();
    writeFileSync(path, 'some words of a line\n'.repeat(4_000_000));
    using opened = openLargeFile(path, { index: false });
    const work: [string, () => Promise<unknown>][] = [
      ['countLines', () => opened.countLines()],
      ['find', () => opened.find('not there')],
      ['search', () => collect(opened.search(/not there/))],
      [
        'lines',
        async () => {
          for await (const _ of opened.lines({ to: 500_000 }));
        },
      ],
    ];
    for (const [name, run] of work) {
      let turns = 0;
      let going = true;
      const turn = () => {
        turns++;
        if (going) setImmediate(turn);
      };
      setImmediate(turn);
      await run();
      going = false;
      expect(turns, name).toBeGreaterThan(1);
    }
  });

  it('an aborted signal ends the work with its reason, and progress is told', async () => {
    const path = file();
    writeFileSync(path, 'some words of a line\n'.repeat(2_000_000));
    using opened = openLargeFile(path, { index: false });
    const told: number[] = [];
    await opened.countLines({ onProgress: ({ doneBytes }) => told.push(doneBytes) });
    expect(told.at(-1)).toBe(opened.size);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    const reason = new Error('enough');
    const controller = new AbortController();
    const search = (async () => {
      for await (const _ of opened.lines({ signal: controller.signal })) controller.abort(reason);
    })();
    await expect(search).rejects.toBe(reason);
    await expect(opened.find('x', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
