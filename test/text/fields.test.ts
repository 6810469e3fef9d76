/** Columns against csv-parse and JSON.parse on random records; and what is no such record. */
import { writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FieldRow, openLargeFile, type TextEncoding } from '../../src/text/index.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { encode } from './plain-text.js';

const file = tempFiles();

function rows(
  bytes: string | Buffer,
  options: Parameters<ReturnType<typeof openLargeFile>['fields']>[0],
  encoding: TextEncoding = 'utf8',
): FieldRow[] {
  const path = file();
  writeFileSync(path, bytes);
  using opened = openLargeFile(path, { encoding });
  return [...opened.fields(options)];
}

describe('CSV', () => {
  const cell = fc.oneof(
    fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é'), maxLength: 6 }),
    fc.constant('z'.repeat(70_000)),
  );
  const quoteAll = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const quote = (value: string) => (/[",\n]|^$/.test(value) ? quoteAll(value) : value);

  it('columns are those of csv-parse', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, cell), { maxLength: 12 }),
        fc.shuffledSubarray([0, 1, 2], { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom<TextEncoding>('utf8', 'utf16le', 'latin1'),
        (records, columns, end, encoding) => {
          const text = `one,"t,wo",three${end}${records.map((record) => record.map(quote).join(',') + end).join('')}`;
          const parsed = parse(text, { relax_quotes: true, record_delimiter: end }) as string[][];
          const expected = parsed.slice(1).map((record) => columns.map((column) => record[column]));
          const names = columns.map((column) => ['one', 't,wo', 'three'][column]!);
          expect(rows(encode(encoding, text), { format: 'csv', columns: names }, encoding)).toEqual(expected);
          expect(rows(encode(encoding, text), { format: 'csv', header: false }, encoding)).toEqual(parsed);
        },
      ),
      runs(60),
    );
  });

  it('quotes count at the start of a field only; missing fields are undefined; empty lines are no records', () => {
    const text = 'a,b\n5" disk,x\n\nonly\n"q"tail,"open ""in"""\n';
    expect(rows(text, { format: 'csv', columns: ['b', 'a'] })).toEqual([
      ['x', '5" disk'],
      [undefined, 'only'],
      ['open "in"', 'qtail'],
    ]);
  });

  it('a quote that is never closed is INVALID_INPUT with its line', () => {
    const error = failure(() => rows('a,b\n1,2\n3,"4\n5,6\n', { format: 'csv' }), 'INVALID_INPUT');
    expect(error.message).toContain('line 3');
  });

  it('a column that is not there is refused', () => {
    failure(() => rows('a,b\n1,2\n', { format: 'csv', columns: ['c'] }), 'INVALID_ARGUMENT');
    failure(() => rows('a,b\n', { format: 'csv', header: false, columns: ['a'] }), 'INVALID_ARGUMENT');
    failure(() => rows('a,b\n', { format: 'csv', columns: ['a', 'a'] }), 'INVALID_ARGUMENT');
    failure(() => rows('a,b\n', { format: 'csv', columns: [-1] }), 'INVALID_ARGUMENT');
  });
});

it('TSV knows no quotes', () => {
  expect(rows('a\tb\n"1\t2"\n\t\n', { format: 'tsv', columns: ['b', 0] })).toEqual([
    ['2"', '"1'],
    ['', ''],
  ]);
});

describe('NDJSON', () => {
  it('members are those of JSON.parse', () => {
    const record = fc.dictionary(fc.constantFrom('a', 'b', 'key "x"', 'é', 'ab'), fc.jsonValue(), {
      maxKeys: 5,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), fc.boolean(), (records, spaced) => {
        const keys = ['key "x"', 'a', 'é'];
        const lines = records.map((each) =>
          spaced ? JSON.stringify(each, null, 1).replaceAll('\n', ' ') : JSON.stringify(each),
        );
        const expected = lines.map((line) =>
          keys.map((key) => (JSON.parse(line) as Record<string, unknown>)[key]),
        );
        expect(rows(lines.map((line) => `${line}\n`).join(''), { format: 'ndjson', columns: keys })).toEqual(
          expected,
        );
      }),
      runs(200),
    );
  });

  it.each(['[1]', '{', '{"b":1,', '{"b"}', '{"b":[1}', 'x', '{"b":"', '{"a":01}', '{"a":}', '{b:1}'])(
    '%s is INVALID_INPUT with its line',
    (line) => {
      const error = failure(
        () => rows(`{"a":1}\n${line}\n`, { format: 'ndjson', columns: ['a'] }),
        'INVALID_INPUT',
      );
      expect(error.message).toContain('line 2');
    },
  );

  it('needs the names of columns', () => {
    failure(() => rows('{}\n', { format: 'ndjson' }), 'INVALID_ARGUMENT');
    failure(() => rows('{}\n', { format: 'ndjson', columns: [0] }), 'INVALID_ARGUMENT');
  });
});

it.each([Number.NaN, 1, -1, 5])('samples are not taken where random() returns %s', (wrong) => {
  const path = file();
  writeFileSync(path, 'line\n'.repeat(100));
  using opened = openLargeFile(path);
  failure(() => [...opened.sample(3, { random: () => wrong })], 'INVALID_ARGUMENT');
});

it('samples are lines of the file, in its order, none twice', () => {
  const path = file();
  const lines = Array.from({ length: 5000 }, (_, number) => `line ${number} ${'x'.repeat(number % 50)}`);
  writeFileSync(path, lines.join('\n'));
  using opened = openLargeFile(path);
  for (const random of [() => 0, () => 0.999, () => 0.5]) {
    const sample = [...opened.sample(100, { random })];
    expect(sample.length).toBe(100);
    const numbers = sample.map(({ text }) => lines.indexOf(text));
    expect(numbers).not.toContain(-1);
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    for (const { offset, text } of sample)
      expect(opened.slice(offset, offset + text.length).toString()).toBe(text);
  }
  expect([...opened.sample(20_000)].length).toBeLessThanOrEqual(5000);
  expect([...opened.sample(0)]).toEqual([]);
});
