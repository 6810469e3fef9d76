/**
 * Files that another process cuts or lets grow while they are read: the new end is reached, what is missing is FILE_CHANGED, and
 * reading by copies survives whatever is done; and files beyond 4 GiB.
 */
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isPerdureError } from '../../src/os/errors.js';
import { openLargeFile } from '../../src/text/index.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();
const LINE = 'a line of thirty-two characters\n';

function makeText(lines: number): string {
  const path = file();
  fs.writeFileSync(path, LINE.repeat(lines));
  return path;
}

const changer = (path: string) => Child.start<'open' | 'shorten' | 'grow' | 'go on'>('text-changer', [path]);

describe('a last line without an end that goes on later', () => {
  it.each([
    ['utf8', Buffer.from('a\nbc'), Buffer.from('d\nefg\n')],
    // Half a code unit is at the end.
    ['utf16le', Buffer.from('a\nbc', 'utf16le').subarray(0, 7), Buffer.from('\0d\nefg\n!', 'latin1')],
  ] as const)('is given once, as it was, and is the last one (%s)', (encoding, before, after) => {
    const path = file();
    fs.writeFileSync(path, before);
    using opened = openLargeFile(path, { encoding, index: false, safe: true });
    const lines: string[] = [];
    for (const line of opened.lines()) {
      lines.push(line);
      if (lines.length === 2) fs.appendFileSync(path, after);
    }
    expect(lines.length).toBe(2);
    expect(lines[0]).toBe('a');
    expect(lines[1]!.startsWith('b')).toBe(true);
  });
});

describe('a file that another process changes', () => {
  it.each([false, true])('is read to its new end (safe: %s)', async (safe) => {
    const path = makeText(100_000);
    const other = changer(path);
    using opened = openLargeFile(path, { safe });
    let lines = 0;
    for await (const line of opened.lines()) {
      if (lines++ === 50_000) await other.ask('grow');
      if (line.length !== 31) throw new Error(`line ${lines} is ${line.length} long`);
    }
    expect(lines).toBe(200_000);
    expect(await opened.countLines()).toBe(200_000);
    // Who lets it grow may cut it too.
    if (process.platform !== 'win32') expect(opened.reading).toBe('copied');
  });

  it.skipIf(process.platform === 'win32').each([false, true])(
    'and cuts is FILE_CHANGED (safe: %s)',
    async (safe) => {
      const path = makeText(100_000);
      const other = changer(path);
      using opened = openLargeFile(path, { safe, index: false });
      expect(opened.countLinesSync()).toBe(100_000);
      const lines = opened.lines()[Symbol.iterator]();
      const back = opened.lines({ reverse: true })[Symbol.iterator]();
      const places = opened.findAll('thirty')[Symbol.iterator]();
      for (const iterator of [lines, back, places]) iterator.next();
      await other.ask('shorten');
      failure(() => [...lines], 'FILE_CHANGED');
      failure(() => [...back], 'FILE_CHANGED');
      expect([...places].every((place) => place < 2 ** 18)).toBe(true);
      // What is there now can be read.
      expect(opened.countLinesSync()).toBe(100);
      expect(opened.lineSync(100)).toBeUndefined();
      expect([...opened.lines()].length).toBe(100);
      expect(await opened.lineNumberAt(3200)).toBe(100);
    },
  );

  it.skipIf(process.platform === 'win32')(
    'again and again does not end a process that reads by copies',
    async () => {
      const path = makeText(300_000);
      const other = changer(path);
      using opened = openLargeFile(path, { safe: true, index: false });
      await other.ask('go on');
      let whole = 0;
      let cut = 0;
      for (let round = 0; round < 400 && (whole < 5 || cut < 5); round++) {
        try {
          if (round % 3 === 0) await opened.countLines();
          else if (round % 3 === 1) await opened.find('not there');
          else
            for (const line of opened.lines()) if (line.length > 31) throw new Error(`read ${line.length}`);
          whole++;
        } catch (error) {
          if (!isPerdureError(error, 'FILE_CHANGED')) throw error;
          cut++;
        }
      }
      expect(whole).toBeGreaterThan(0);
    },
  );

  it.skipIf(process.platform !== 'linux')(
    'is copied where another process has it open for writing',
    async () => {
      const path = makeText(10);
      const other = changer(path);
      {
        using opened = openLargeFile(path);
        expect(opened.reading).toBe('mapped');
      }
      await other.ask('open');
      using opened = openLargeFile(path);
      expect(opened.reading).toBe('copied');
      expect(opened.countLinesSync()).toBe(10);
      await other.kill();
      using later = openLargeFile(path);
      expect(later.reading).toBe('mapped');
    },
  );
});

describe('a sparse file beyond 4 GiB', () => {
  it.each([false, true])('is read at both ends, and one line spans the hole (safe: %s)', async (safe) => {
    const path = file();
    const fd = fs.openSync(path, 'w');
    const end = 2 ** 32 + 2 ** 16;
    fs.writeSync(fd, 'first\nsecond\n', 0);
    fs.writeSync(fd, '\nbefore last\nlast needle\n', end);
    fs.closeSync(fd);
    using opened = openLargeFile(path, { safe, index: false });
    expect(opened.size).toBe(end + 25);
    const back = opened.lines({ reverse: true, as: 'offsets' })[Symbol.iterator]();
    expect(back.next().value).toEqual({ start: end + 13, end: end + 24 });
    expect(await opened.find('needle', { from: end - 1000 })).toBe(end + 18);
    expect(opened.slice(end + 1, end + 12).toString()).toBe('before last');
    const texts = opened.lines()[Symbol.iterator]();
    expect([texts.next().value, texts.next().value]).toEqual(['first', 'second']);
    if (safe) return;
    // Some 4 GiB of zeros are read.
    expect([...opened.lines({ as: 'offsets' })].slice(2, 4)).toEqual([
      { start: 13, end },
      { start: end + 1, end: end + 12 },
    ]);
    failure(() => texts.next(), 'TOO_LARGE');
    expect(await opened.line(3)).toBe('before last');
    expect(await opened.lineNumberAt(end + 13)).toBe(4);
  });
});
