/**
 * The kept line index: its bytes, when it is taken up again, and that nothing that is wrong with it is ever believed.
 */
import * as fs from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLargeFile } from '../../src/text/index.js';
import { decodeIndex, encodeIndex, HEADER_BYTES } from '../../src/text/index-format.js';
import { random, SEED } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const file = tempFiles();
const LINE = 'a line of thirty-two characters\n';
const LINES = 2 ** 19;

function makeText(path: string): void {
  fs.writeFileSync(path, LINE.repeat(LINES));
}

/** Counts the lines, and how many bytes of the file were counted for that. */
async function count(path: string): Promise<{ lines: number; countedBytes: number }> {
  using opened = openLargeFile(path);
  let first: number | undefined;
  const lines = await opened.countLines({ onProgress: ({ doneBytes }) => (first ??= doneBytes) });
  return { lines, countedBytes: first === opened.size ? 0 : opened.size };
}

const STORED = {
  fileSize: 40_000,
  changedNs: 1_700_000_000_123_456_789n,
  inode: 77n,
  sample: 0x1234_5678,
  width: 1,
  unit: 0x0a,
  counts: Uint16Array.of(3, 16_384),
} as const;

describe('the format', () => {
  it('is these bytes', () => {
    expect(encodeIndex(STORED).toString('hex')).toBe(
      [
        '89504552444c494e', // magic
        '01000000',
        '00400000', // block size
        '0200000000000000',
        '409c000000000000',
        '15cd853dfe9c9717', // time of change
        '4d00000000000000',
        '78563412',
        '01000a00',
        '00000000',
        'CRC',
        '03000040',
      ]
        .join('')
        .replace('CRC', encodeIndex(STORED).subarray(60, 64).toString('hex')),
    );
    expect(decodeIndex(encodeIndex(STORED))).toEqual(STORED);
  });

  it('with any bit flipped, or any byte missing or added, is no index', () => {
    const bytes = encodeIndex(STORED);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeIndex(damaged), `bit ${bit}`).toBeUndefined();
    }
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeIndex(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeIndex(Buffer.concat([bytes, Buffer.alloc(2)]))).toBeUndefined();
  });

  it('with numbers out of range and a right checksum, is no index', () => {
    expect(decodeIndex(encodeIndex({ ...STORED, fileSize: 32_767 }))).toBeUndefined();
    expect(decodeIndex(encodeIndex({ ...STORED, counts: Uint16Array.of(16_385) }))).toBeUndefined();
    expect(decodeIndex(encodeIndex({ ...STORED, width: 2, counts: Uint16Array.of(8193) }))).toBeUndefined();
    expect(decodeIndex(encodeIndex({ ...STORED, width: 3 as 1 }))).toBeUndefined();
  });
});

describe('a kept index', () => {
  it('is made by counting, lies beside the file, and saves counting again', async () => {
    const path = file();
    makeText(path);
    expect(await count(path)).toEqual({ lines: LINES, countedBytes: LINE.length * LINES });
    expect(fs.statSync(`${path}.lines`).size).toBe(HEADER_BYTES + 2 * (LINES / 512));
    expect(fs.readdirSync(dirname(path)).filter((name) => name.startsWith(basename(path))).length).toBe(2);
    expect(await count(path)).toEqual({ lines: LINES, countedBytes: 0 });
  });

  it('is kept elsewhere, or nowhere, as told; small files have none', async () => {
    const path = file();
    makeText(path);
    const place = file('index');
    using elsewhere = openLargeFile(path, { index: place });
    expect(elsewhere.countLinesSync()).toBe(LINES);
    expect(fs.existsSync(place)).toBe(true);
    using nowhere = openLargeFile(path, { index: false });
    expect(nowhere.countLinesSync()).toBe(LINES);
    const small = file();
    fs.writeFileSync(small, LINE);
    expect(await count(small)).toMatchObject({ lines: 1 });
    for (const none of [path, small]) expect(fs.existsSync(`${none}.lines`)).toBe(false);
  });

  it('is gone on with where the file grew, also while it is open', async () => {
    const path = file();
    makeText(path);
    using opened = openLargeFile(path);
    expect(opened.lineCount).toBeUndefined();
    expect(opened.countLinesSync()).toBe(LINES);
    expect(opened.lineCount).toBe(LINES);
    fs.appendFileSync(path, 'two\nmore, one without an end');
    expect(opened.countLinesSync()).toBe(LINES + 2);
    expect(opened.lineSync(LINES + 1)).toBe('more, one without an end');
    expect(opened.lineSync(LINES + 2)).toBeUndefined();
    expect(await count(path)).toEqual({ lines: LINES + 2, countedBytes: 0 });
  });

  it.each([
    ['changed in place, with another time', (path: string) => overwrite(path, 200_005, '\n\n')],
    [
      'changed in place, where the sample sees it, and longer',
      (path: string) => {
        overwrite(path, 10, '\n\n');
        fs.appendFileSync(path, 'x\n');
      },
    ],
    ['shortened', (path: string) => fs.truncateSync(path, 32 * (LINES - 1000))],
    [
      'replaced by another one, longer',
      (path: string) => {
        fs.writeFileSync(`${path}.new`, 'other\n'.repeat(LINES * 8));
        fs.renameSync(`${path}.new`, path);
      },
    ],
  ])('is not believed for a file that was %s', async (_, change) => {
    const path = file();
    makeText(path);
    await count(path);
    change(path);
    const expected = fs.readFileSync(path, 'latin1').split('\n').length - 1;
    expect((await count(path)).lines).toBe(expected);
  });

  it('heals where it proves wrong when a line is looked up', () => {
    const path = file();
    makeText(path);
    using opened = openLargeFile(path);
    opened.countLinesSync();
    overwrite(path, 32 * 300_000, '\n\n\n');
    expect(opened.lineSync(300_003)).toBe(LINE.slice(3, -1));
    expect(opened.countLinesSync()).toBe(LINES + 3);
  });

  it('that is damaged, a folder, a link to a huge file, or cannot be written, is no error', async () => {
    const path = file();
    makeText(path);
    await count(path);
    const next = random(SEED);
    const bytes = fs.readFileSync(`${path}.lines`);
    for (let round = 0; round < 20; round++) {
      const damaged = Buffer.from(bytes);
      damaged[next(damaged.length)]! ^= 1 + next(255);
      fs.writeFileSync(`${path}.lines`, damaged);
      expect(await count(path)).toMatchObject({ lines: LINES });
    }
    fs.rmSync(`${path}.lines`);
    fs.mkdirSync(`${path}.lines`);
    expect((await count(path)).lines).toBe(LINES);
    fs.rmdirSync(`${path}.lines`);
    if (process.platform !== 'win32') {
      fs.symlinkSync('/dev/zero', `${path}.lines`);
      expect((await count(path)).lines).toBe(LINES);
    }
    using opened = openLargeFile(path, { index: `${path}/no/such/folder` });
    expect(opened.countLinesSync()).toBe(LINES);
  });
});

function overwrite(path: string, offset: number, text: string): void {
  const fd = fs.openSync(path, 'r+');
  fs.writeSync(fd, text, offset);
  fs.closeSync(fd);
}
