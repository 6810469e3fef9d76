/** Finding and searching, against indexOf and regular expressions on the whole text. */
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLargeFile } from '../../src/text/index.js';
import { requiredText } from '../../src/text/required-text.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { encode, plainLines, plainText } from './plain-text.js';

const file = tempFiles();

function allPlaces(bytes: Buffer, needle: Buffer, unitBytes: number): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(needle); at >= 0; ) {
    const whole = at % unitBytes === 0;
    if (whole) places.push(at);
    at = bytes.indexOf(needle, whole ? at + needle.length : at + 1);
  }
  return places;
}

describe('find', () => {
  it('finds in random texts what indexOf finds', async () => {
    const path = file();
    await fc.assert(
      fc.asyncProperty(
        plainText,
        fc.constantFrom('\n', 'line', 'xx', 'yyyyyyyyy', 'é\né', '漢', ','),
        async (text, wanted) => {
          writeFileSync(path, text.bytes);
          if (text.encoding === 'latin1' && wanted === '漢') return;
          using opened = openLargeFile(path, { encoding: text.encoding }, { windowBytes: 65_536 });
          const needle = encode(text.encoding, wanted);
          const expected = allPlaces(text.bytes, needle, text.encoding.startsWith('utf16') ? 2 : 1);
          expect([...opened.findAll(wanted)]).toEqual(expected);
          expect(await opened.find(wanted)).toBe(expected[0] ?? -1);
          expect(opened.findSync(needle)).toBe(text.bytes.indexOf(needle));
        },
      ),
      runs(40),
    );
  });

  it('finds what lies across the pieces that are read, at every place around their seams', () => {
    const path = file();
    const needle = 'needle';
    for (let at = 2 ** 18 - 8; at < 2 ** 18 + 4; at++) {
      const bytes = Buffer.alloc(2 ** 19, 'n');
      bytes.write(needle, at);
      writeFileSync(path, bytes);
      using opened = openLargeFile(path);
      expect(opened.findSync(needle)).toBe(at);
      expect(opened.findSync(needle, { from: at + 1 })).toBe(-1);
      expect(opened.findSync(needle, { to: at + 5 })).toBe(-1);
      expect(opened.findSync(needle, { from: at, to: at + 6 })).toBe(at);
    }
  });

  it('refuses text that the encoding has no bytes for', () => {
    const path = file();
    writeFileSync(path, 'x');
    using opened = openLargeFile(path, { encoding: 'latin1' });
    failure(() => opened.findSync('漢'), 'INVALID_ARGUMENT');
  });
});

describe('search', () => {
  const expressions = [
    /line/,
    /^a/,
    /x+$/,
    /\d/,
    /e\b/u,
    /(l)(i)/,
    /[\n]/,
    /li?n/,
    /lin*e/,
    /xx{3}/,
    /wor.s/g,
    /LINE/i,
    /a|x/,
    /some\swords/y,
  ];

  it.each([...expressions, 'line', 'xx', 'é'])('for %s gives the lines that fit', (wanted) => {
    const path = file();
    fc.assert(
      fc.property(plainText, (text) => {
        writeFileSync(path, text.bytes);
        using opened = openLargeFile(path, { encoding: text.encoding });
        const plain =
          typeof wanted === 'string'
            ? undefined
            : new RegExp(wanted.source, wanted.flags.replace(/[gy]/g, ''));
        const expected = plainLines(text).flatMap((line, number) => {
          const index = plain ? (plain.exec(line.text)?.index ?? -1) : line.text.indexOf(wanted as string);
          return index < 0 ? [] : [{ line: number, offset: line.start, text: line.text, index }];
        });
        const found = [...opened.search(wanted)].map(({ match, ...rest }) => rest);
        expect(found).toEqual(expected);
      }),
      runs(5),
    );
  });

  it('gives groups, and leaves the expression as it was', () => {
    const path = file();
    writeFileSync(path, 'key=1\nother\nkey=22\n');
    using opened = openLargeFile(path);
    const expression = /(\w+)=(\d+)/g;
    expression.lastIndex = 3;
    expect([...opened.search(expression)].map(({ line, match }) => [line, ...match])).toEqual([
      [0, 'key=1', 'key', '1'],
      [2, 'key=22', 'key', '22'],
    ]);
    expect(expression.lastIndex).toBe(3);
  });
});

describe('the text that an expression requires', () => {
  it.each([
    [/abc/, 'abc'],
    [/^Package: vim/, 'Package: vim'],
    [/ab?cd/, 'cd'],
    [/ab*/, 'a'],
    [/ab+c/, 'ab'],
    [/ab{0,3}cde/, 'cde'],
    [/a\.bc/, 'a.bc'],
    [/a\.?bc/, 'bc'],
    [/x[abc]?yz/, 'yz'],
    [/x[\]]yz/, 'yz'],
    [/\d\d/, undefined],
    [/a|b/, undefined],
    [/(ab)?c/, undefined],
    [/abc/i, undefined],
    [/\x41b/, undefined],
    [/a\nb/, undefined],
    [/😀?x/, undefined],
  ])('of %s is %s', (expression, text) => {
    expect(requiredText(expression)).toBe(text);
  });

  it('stands in every match', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'ab',
      '?',
      '*',
      '+',
      '{2}',
      '{0,1}',
      '.',
      '[ab]',
      '[^a]',
      '\\.',
      '\\w',
      '^',
      '$',
      '\\]',
      '-',
      '[\\]a]',
    );
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.', ']', '-'), maxLength: 12 }),
        (parts, text) => {
          let expression: RegExp;
          try {
            expression = new RegExp(parts.join(''));
          } catch {
            return;
          }
          const required = requiredText(expression);
          if (required !== undefined && expression.test(text)) expect(text).toContain(required);
        },
      ),
      runs(5000),
    );
  });
});
