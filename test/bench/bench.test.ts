/** The parts of the benchmarks that compute: no time is measured here. */
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../tools/bench/arguments.js';
import { chart } from '../../tools/bench/chart.js';
import { checker } from '../../tools/bench/checker.js';
import { takesPart } from '../../tools/bench/contest.js';
import { randomIndexes } from '../../tools/bench/random.js';
import { type Row, rows } from '../../tools/bench/rows.js';
import { median, ratio, significant } from '../../tools/bench/statistics.js';
import { loadSuite, SUITES } from '../../tools/bench/suites.js';
import { quantity, table, times } from '../../tools/bench/table.js';

const CASES = [
  { name: 'read', unit: 'records/s' },
  { name: 'write & flush <all>', unit: 'flushes/s' },
];

const RATES = new Map([
  [
    'fast-peer',
    [
      [400, 10],
      [200, 10],
      [300, 10],
    ],
  ],
  [
    'perdure',
    [
      [100, 20],
      [90_000, 40],
      [150, 30],
    ],
  ],
  ['absent-peer', []],
  ['half-peer', [[50, null]]],
]);

const RESULTS: readonly Row[] = rows('demo', CASES, RATES);

describe('statistics', () => {
  it('takes the middle, whatever the order and the outliers', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([1, 1, 1e9])).toBe(1);
    expect(median([])).toBeNull();
  });

  it('leaves its input as it was', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('compares with a peer only where both are there', () => {
    expect(ratio(300, 100)).toBe(3);
    expect(ratio(1, 3)).toBe(0.3333);
    expect(ratio(null, 1)).toBeNull();
    expect(ratio(1, null)).toBeNull();
    expect(ratio(1, 0)).toBeNull();
  });

  it('keeps four digits', () => {
    expect(significant(123_456.7)).toBe(123_500);
    expect(significant(0.00123456)).toBe(0.001235);
  });
});

describe('rows', () => {
  it('has exactly the documented shape, through JSON too', () => {
    expect(JSON.parse(JSON.stringify(RESULTS))).toEqual([
      {
        suite: 'demo',
        case: 'read',
        unit: 'records/s',
        perdure: 150,
        peers: { 'fast-peer': 300, 'absent-peer': null, 'half-peer': 50 },
        ratio: { 'fast-peer': 0.5, 'absent-peer': null, 'half-peer': 3 },
      },
      {
        suite: 'demo',
        case: 'write & flush <all>',
        unit: 'flushes/s',
        perdure: 30,
        peers: { 'fast-peer': 10, 'absent-peer': null, 'half-peer': null },
        ratio: { 'fast-peer': 3, 'absent-peer': null, 'half-peer': null },
      },
    ]);
  });

  it('is null throughout where perdure itself could not be measured', () => {
    const [row] = rows(
      'demo',
      CASES.slice(0, 1),
      new Map([
        ['perdure', [[null]]],
        ['peer', [[1]]],
      ]),
    );
    expect(row).toMatchObject({ perdure: null, peers: { peer: 1 }, ratio: { peer: null } });
  });
});

describe('checker', () => {
  const cases = [{ name: 'read', unit: 'records/s' }];
  const reading = (done: number, result: number) => ({ done, result, rates: [1] });

  it('accepts contestants that did as much and found the same', () => {
    const check = checker({ cases });
    check('perdure', reading(10, 55));
    check('peer', reading(10, 55));
    check('slow peer', reading(2, 3));
    expect(() => check('peer', reading(10, 54))).toThrow(
      'read: peer found 54, but 55 is right by perdure (10 done)',
    );
    expect(() => check('other slow peer', reading(2, 4))).toThrow('3 is right by slow peer');
  });

  it('goes by what the data say, where they do', () => {
    const check = checker({ cases, expected: (done) => done * 2 });
    check('perdure', reading(3, 6));
    expect(() => check('perdure', reading(4, 6))).toThrow('perdure found 6, but 8 is right by the data');
    expect(() => check('peer', reading(4, Number.NaN))).toThrow('NaN');
  });
});

describe('table', () => {
  it('names every case once and every peer with its figures', () => {
    const text = table(RESULTS);
    const lines = text.split('\n');
    expect(lines).toHaveLength(2 + 6);
    expect(text.match(/records\/s/g)).toHaveLength(1);
    expect(lines.find((line) => line.includes('fast-peer'))).toMatch(/read .* 150 .* 300 .* 0\.5 ×$/);
    expect(lines.find((line) => line.includes('absent-peer'))).toMatch(/missing +missing$/);
  });

  it('shortens numbers', () => {
    expect([0.0123456, 12.34, 1234, 5.678e6, 2.5e9, null].map(quantity)).toEqual([
      '0.0123',
      '12.3',
      '1.23 k',
      '5.68 M',
      '2.5 G',
      'missing',
    ]);
    expect([1.0567, 2123.4, null].map(times)).toEqual(['1.06 ×', '2,120 ×', 'missing']);
  });
});

describe('chart', () => {
  const svg = chart('demo', RESULTS, 'a machine');

  it('draws one bar for each known ratio and says what is missing', () => {
    expect(svg.match(/<rect /g)).toHaveLength(3);
    expect(svg.match(/class="faster"/g)).toHaveLength(2);
    expect(svg.match(/class="slower"/g)).toHaveLength(1);
    expect(svg.match(/missing here/g)).toHaveLength(3);
  });

  it('keeps its bars in the picture, however far the ratios are apart', () => {
    const wide = rows(
      'demo',
      CASES.slice(0, 1),
      new Map([
        ['perdure', [[1]]],
        ['slow', [[1e-7]]],
        ['fast', [[1e7]]],
      ]),
    );
    const picture = chart('demo', wide, '');
    const width = Number(/width="(\d+)"/.exec(picture)![1]);
    for (const [, x, bar] of picture.matchAll(/<rect [^>]*x="([^"]+)"[^>]*width="([^"]+)"/g)) {
      expect(Number(x)).toBeGreaterThan(0);
      expect(Number(x) + Number(bar)).toBeLessThan(width);
    }
  });

  it('is well-formed: escaped texts, closed elements, colours for dark backgrounds', () => {
    expect(svg).toContain('write &amp; flush &lt;all&gt;');
    expect(svg.match(/<text/g)!.length).toBe(svg.match(/<\/text>/g)!.length);
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('can be drawn of nothing', () => {
    expect(chart('demo', [], '')).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe('arguments', () => {
  const parse = (...args: string[]) => parseArguments(args, ['records', 'mapping']);

  it('runs every suite unless told which', () => {
    expect(parse()).toMatchObject({
      suites: ['records', 'mapping'],
      quick: false,
      json: false,
      svg: undefined,
    });
    expect(parse('mapping', '--quick', 'mapping').suites).toEqual(['mapping']);
    expect(parse().only).toEqual([]);
    expect(parse('--only', 'a', '--only', 'b').only).toEqual(['a', 'b']);
    expect(parse('--json', '--svg', 'a.svg')).toMatchObject({ json: true, svg: 'a.svg' });
  });

  it('runs against every peer unless told against whom', () => {
    expect(parse().peers).toBeUndefined();
    const { peers } = parse('--peers', 'lmdb, Map');
    expect(peers).toEqual(['lmdb', 'Map']);
    const there = ['perdure', 'lmdb', 'lmdb-other', 'Map'];
    expect(there.filter((name) => takesPart({ peers }, name))).toEqual(['perdure', 'lmdb', 'Map']);
    expect(there.filter((name) => takesPart({ peers: undefined }, name))).toEqual(there);
  });

  it('refuses what it does not know', () => {
    expect(() => parse('unknown')).toThrow("no suite 'unknown'; there are records, mapping");
    expect(() => parse('--fast')).toThrow("Unknown option '--fast'");
    expect(() => parse('--quick', '--large')).toThrow('give one');
  });
});

describe('suites', () => {
  it.each(SUITES)('%s is complete: perdure against somebody, and no case twice', async (name) => {
    const suite = await loadSuite(name);
    expect(suite.name).toBe(name);
    const cases = suite.contests.flatMap((contest) => contest.cases.map((one) => one.name));
    expect(new Set(cases).size).toBe(cases.length);
    for (const contest of suite.contests) {
      expect(Object.keys(contest.contestants)).toContain('perdure');
      expect(Object.keys(contest.contestants).length).toBeGreaterThan(1);
    }
  });

  it('meet the same random numbers in every process', () => {
    expect([...randomIndexes(4, 1000)]).toEqual([369, 689, 461, 695]);
    expect(randomIndexes(1000, 7, 5).every((index) => index < 7)).toBe(true);
    expect(randomIndexes(5, 1e6, 9)).toEqual(randomIndexes(5, 1e6, 9));
  });
});
