/**
 * Lines that are longer than a step of work: whoever reads, looks up, samples or searches them does so in steps of a bounded
 * size, and the lines beside them are had whatever their length.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nativeOs } from '../../src/os/native.js';
import { encodingOf } from '../../src/text/encoding.js';
import { Fields } from '../../src/text/fields.js';
import { openLargeFile } from '../../src/text/index.js';
import { CountLines, IndexedText, ReadLine } from '../../src/text/indexed-text.js';
import { formerOf } from '../../src/text/line-forms.js';
import { BackwardLines, ForwardLines } from '../../src/text/lines.js';
import { Pages } from '../../src/text/pages.js';
import { Sample } from '../../src/text/sample.js';
import { LineSearch } from '../../src/text/search.js';
import { doInSlices } from '../../src/text/work.js';
import { osWith } from '../support/failing-os.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();
const LONG = 20 * 2 ** 20 + 3;
/** A step for a long line, what it may read besides, and what is read once for the line's two ends. */
const MOST_BYTES = 2 ** 20 + 2 ** 18;

/** Three lines, of which the second one is long. */
function makeText(middle = 'x'): string {
  const path = file();
  fs.writeFileSync(path, `first\n${middle.repeat(LONG / middle.length)}\nlast\n`);
  return path;
}

/** A text that is read by position, and how many bytes of it were read. */
function counted(path: string) {
  const read = { bytes: 0 };
  const os = osWith({
    readFile: (handle, into, offset) => {
      read.bytes += into.length;
      return nativeOs().readFile(handle, into, offset);
    },
  });
  const pages = new Pages(path, 'copied', { os });
  const settings = { maxLineBytes: 2 ** 29, place: undefined, keeps: false };
  return { pages, read, text: new IndexedText(pages, encodingOf(pages, 'auto'), settings) };
}

const range = { from: 0, to: undefined };

describe('a step of work', () => {
  it.each<[string, (text: IndexedText) => { step(): unknown }, (results: unknown[]) => unknown, unknown]>([
    [
      'lines as bytes',
      (text) => new ForwardLines(text, formerOf(text, 'bytes'), range),
      (items) => items.map((line) => (line as Buffer).length),
      [5, LONG, 4],
    ],
    [
      'lines as strings',
      (text) => new ForwardLines(text, formerOf(text, 'string'), range),
      (items) => items.map((line) => (line as string).length),
      [5, LONG, 4],
    ],
    [
      'lines backwards',
      (text) => new BackwardLines(text, formerOf(text, 'string'), range),
      (items) => items.map((line) => (line as string).length),
      [4, LONG, 5],
    ],
    [
      'a line by number',
      (text) => new ReadLine(text, 1),
      (items) => items.map((line) => (line as string).length),
      [LONG],
    ],
    [
      'a sample',
      (text) => new Sample(text, 10, () => 0.5),
      (items) => items.map((line) => (line as { text: string }).text.length),
      [LONG],
    ],
    [
      'a search',
      (text) => new LineSearch(text, /xx$|st/),
      (items) => items.map((match) => (match as { line: number }).line),
      [0, 1, 2],
    ],
    [
      'columns',
      (text) => new Fields(text, { format: 'tsv', columns: [0], header: false }),
      (items) => items.map((row) => (row as string[])[0]!.length),
      [5, LONG, 4],
    ],
  ])('reads a bounded part of a long line: %s', (_, open, shown, expected) => {
    const { pages, read, text } = counted(makeText());
    using _pages = pages;
    const work = open(text);
    const found: unknown[] = [];
    let most = 0;
    for (let done = false; !done; ) {
      read.bytes = 0;
      const result = work.step();
      most = Math.max(most, read.bytes);
      if (Array.isArray(result)) found.push(...result);
      else if (result !== undefined) found.push((result as { value: unknown }).value);
      done = result === undefined ? work instanceof ReadLine === false : !Array.isArray(result);
    }
    expect(shown(found)).toEqual(expected);
    expect(most).toBeLessThanOrEqual(MOST_BYTES);
  });
});

describe('a line that no string may hold', () => {
  it('is an error only of a search that it may match', async () => {
    const path = makeText();
    using opened = openLargeFile(path, { maxLineBytes: 1000 });
    expect([...opened.search('last')].map(({ line, offset }) => [line, offset])).toEqual([[2, LONG + 7]]);
    expect([...opened.search(/^las[t]/)].map(({ line }) => line)).toEqual([2]);
    failure(() => [...opened.search('xx')], 'TOO_LARGE');
    failure(() => [...opened.search(/\d/)], 'TOO_LARGE');
  });

  it('is found in where a text stands in it, in UTF-16 too', () => {
    const path = file();
    fs.writeFileSync(path, Buffer.from(`\ufeff${'\u0a61'.repeat(200_000)}needle\nneedle\n`, 'utf16le'));
    using opened = openLargeFile(path);
    expect([...opened.search('needle')].map(({ line, index }) => [line, index])).toEqual([
      [0, 200_000],
      [1, 0],
    ]);
    expect([...opened.search('\u610a')]).toEqual([]);
  });
});

it('a line that is looked up while the lines are counted waits for the same index, which is made once', async () => {
  const path = file();
  fs.writeFileSync(path, 'a line of thirty-two characters\n'.repeat(2 ** 20));
  const { pages, read, text } = counted(path);
  using _pages = pages;
  const [lines, ...found] = await Promise.all([
    doInSlices(new CountLines(text)),
    ...[2 ** 20 - 1, 2 ** 19].map((line) => doInSlices(new ReadLine(text, line))),
  ]);
  expect([lines, ...found]).toEqual([2 ** 20, ...Array(2).fill('a line of thirty-two characters')]);
  expect(read.bytes).toBeLessThan(pages.size + 2 ** 18);
});
