/** What every long operation takes: a signal that ends it, at its start and under way, and somebody who is told of its progress. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type LargeFile, openLargeFile } from '../../src/text/index.js';
import type { PaceOptions, TextProgress } from '../../src/text/pace.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();
const LINES = 300_000;

async function all(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

const OPERATIONS: Readonly<Record<string, (file: LargeFile, options: PaceOptions) => Promise<unknown>>> = {
  countLines: (opened, options) => opened.countLines(options),
  'countLines in threads': (opened, options) => opened.countLines({ threads: 2, ...options }),
  line: (opened, options) => opened.line(LINES - 1, options),
  lineNumberAt: (opened, options) => opened.lineNumberAt(opened.size - 1, options),
  lines: (opened, options) => all(opened.lines(options)),
  'lines backwards': (opened, options) => all(opened.lines({ reverse: true, ...options })),
  'lines from the middle on': (opened, options) => all(opened.lines({ from: LINES / 2, ...options })),
  'lines in batches': async (opened, options) => all(opened.lines(options).batches()),
  find: (opened, options) => opened.find('not there', options),
  findAll: (opened, options) => all(opened.findAll('word', options)),
  'search for a text': (opened, options) => all(opened.search('not there', options)),
  'search by an expression': (opened, options) => all(opened.search(/\d\d/, options)),
  fields: (opened, options) => all(opened.fields({ format: 'tsv', columns: [1], header: false, ...options })),
  sample: (opened, options) => all(opened.sample(5_000, options)),
};

function open(): LargeFile {
  const path = file();
  writeFileSync(path, 'some words\tof a line\n'.repeat(LINES));
  return openLargeFile(path, { index: false });
}

describe.each(Object.entries(OPERATIONS))('%s', (_, run) => {
  it('tells of its progress up to the end, and ends with its signal', async () => {
    using opened = open();
    const told: TextProgress[] = [];
    await run(opened, { onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ doneBytes: opened.size, totalBytes: opened.size });
    const done = told.map(({ doneBytes }) => doneBytes);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    const reason = new Error('enough');
    await expect(run(opened, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    // Under way, where it is long enough to be told of.
    using other = open();
    const controller = new AbortController();
    let ended: TextProgress | undefined;
    const onProgress = (progress: TextProgress) => {
      ended ??= progress;
      controller.abort(reason);
    };
    const result = await run(other, { signal: controller.signal, onProgress }).catch((error) => error);
    if (ended!.doneBytes < other.size) expect(result).toBe(reason);
  });
});
