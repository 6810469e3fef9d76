/** `perdure kv bench`: what it reports, what it refuses, and that it leaves everything as it was. No figure is asserted. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Latencies } from '../../src/cli/kv/bench/latencies.js';
import { keyOf, randomNumbers } from '../../src/cli/kv/bench/records.js';
import { ScratchStore } from '../../src/cli/kv/bench/scratch-store.js';
import { openStore } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { runs } from '../support/seed.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, doneJson, failed } from './cli.js';
import { Program } from './program.js';

const root = tempFolder();
const folder = () => mkdtempSync(join(root, 'case-'));

const QUICKLY = ['--seconds', '0.001'];

interface Report {
  readonly folder?: string;
  readonly store?: string;
  readonly entries: number;
  readonly valueBytes?: number;
  readonly fileBytes: number;
  readonly measurements: readonly Measurement[];
}

interface Measurement {
  readonly name: string;
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly milliseconds?: { readonly median: number; readonly p99: number; readonly longest: number };
}

function checkFigures(measurements: readonly Measurement[]): void {
  for (const { count, seconds, perSecond, milliseconds } of measurements) {
    expect(Number.isSafeInteger(count) && count > 0).toBe(true);
    expect(seconds).toBeGreaterThan(0);
    expect(perSecond / (count / seconds)).toBeCloseTo(1, 2);
    if (milliseconds === undefined) continue;
    const { median, p99, longest } = milliseconds;
    expect([median, p99, longest].toSorted((a, b) => a - b)).toEqual([median, p99, longest]);
    expect(median).toBeGreaterThan(0);
  }
}

describe('in a folder', () => {
  it.each([
    [1, 0],
    [3, 5000],
    [2500, 10],
  ])('a scratch store of %d records with values of %d bytes', async (entries, valueBytes) => {
    const where = folder();
    const amount = ['--entries', String(entries), '--value-bytes', String(valueBytes)];
    const report = await doneJson<Report>(['kv', 'bench', where, ...amount, ...QUICKLY]);
    expect(report).toMatchObject({ folder: where, entries, valueBytes });
    expect(Object.keys(report)).toEqual(['folder', 'entries', 'valueBytes', 'fileBytes', 'measurements']);
    expect(report.fileBytes).toBeGreaterThan(entries * (16 + valueBytes));
    const { measurements } = report;
    const names = measurements.map(({ name }) => name);
    expect(names).toEqual(['load', 'get', 'scan', 'sync', 'group', 'deferred']);
    expect(measurements[0]!.count).toBe(entries);
    const timed = measurements.filter(({ milliseconds }) => milliseconds !== undefined);
    expect(timed.map(({ name }) => name)).toEqual(['sync', 'group', 'deferred']);
    checkFigures(measurements);
    expect(readdirSync(where)).toEqual([]);
  });

  it('a table for people', async () => {
    const where = folder();
    const lines = (await done(['kv', 'bench', where, '--entries', '1234', ...QUICKLY])).split('\n');
    expect(lines[0]).toMatch(/^a scratch store in '.*': 1,234 records of 16 \+ 100 bytes, [\d.]+ kB$/);
    expect(lines[2]).toMatch(/^ +records +a second +median +99 % +longest$/);
    expect(lines[3]).toMatch(/^fill the store, records at random +1,234 +[\d,]+$/);
    expect(lines[6]).toMatch(
      /^commit a record, on the disk before the next +[\d,]+ +[\d,]+( +[\d.]+ (µs|ms|s)){3}$/,
    );
    expect(lines.length).toBe(10);
    expect(readdirSync(where)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
    '%s: removes what it made, and ends',
    async (signal) => {
      const where = folder();
      const program = Program.start(['kv', 'bench', where, '--entries', '1000', '--seconds', '100']);
      await eventually('a scratch store is made', () => readdirSync(where).length > 0);
      program.process.kill(signal);
      expect(await program.ended).toEqual({ status: null, signal, stdout: '', stderr: '' });
      expect(readdirSync(where)).toEqual([]);
    },
  );

  it('takes no notice of what a killed process left', () => {
    const where = folder();
    using first = new ScratchStore(where);
    const { path } = first;
    first[Symbol.dispose]();
    writeFileSync(path, 'left behind');
    {
      using scratch = new ScratchStore(where);
      expect(scratch.path).toBe(path);
      expect(scratch.store.size).toBe(0);
      expect(readdirSync(where).length).toBe(1);
    }
    expect(readdirSync(where)).toEqual([]);
  });
});

describe('a store that exists', () => {
  function storeOf(records: number): string {
    const path = join(folder(), 'a.store');
    using store = openStore(path, { keys: 'any', values: 'json' });
    store.transaction(() => {
      for (let at = 0; at < records; at++) store.set(at, { at });
    });
    const empty = store.table('empty');
    empty.set('k', 'v');
    empty.delete('k');
    store.table('few', { keys: 'bytes', values: 'string' }).set(Buffer.from('k'), '');
    store.multiTable('many', { keys: 'string', values: 'string' }).add('k', 'v');
    return path;
  }

  it('is read, and stays as it is', async () => {
    const path = storeOf(25_000);
    const before = readFileSync(path);
    const report = await doneJson<Report>(['kv', 'bench', path, ...QUICKLY]);
    expect(Object.keys(report)).toEqual(['store', 'entries', 'fileBytes', 'measurements']);
    expect(report).toMatchObject({ store: path, entries: 25_000, fileBytes: before.length });
    expect(report.measurements.map(({ name }) => name)).toEqual(['get', 'scan']);
    checkFigures(report.measurements);
    expect(await done(['kv', 'bench', path, ...QUICKLY])).toMatch(
      /^'.*a\.store': 25,000 records, [\d.]+ [kM]B\n\n/,
    );
    const few = await doneJson<Report>(['kv', 'bench', path, '--table', 'few', ...QUICKLY]);
    expect(few.entries).toBe(1);
    checkFigures(few.measurements);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['a.store']);
  });

  it('has to have records, one for each key', async () => {
    const path = storeOf(0);
    expect(await failed(['kv', 'bench', path, ...QUICKLY], 'NOT_FOUND')).toContain(
      "has no records to read; --table names another, such as 'few'",
    );
    await failed(['kv', 'bench', path, '--table', 'none', ...QUICKLY], 'NOT_FOUND');
    const message = await failed(['kv', 'bench', path, '--table', 'many', ...QUICKLY], 'USAGE');
    expect(message).toContain('bench reads tables with one value a key');
  });

  it('is not made', async () => {
    const path = join(folder(), 'a.store');
    await failed(['kv', 'bench', path, ...QUICKLY], 'NOT_FOUND');
    expect(readdirSync(dirname(path))).toEqual([]);
    writeFileSync(path, 'something else');
    await failed(['kv', 'bench', path, ...QUICKLY], 'CORRUPT');
    expect(readFileSync(path, 'utf8')).toBe('something else');
  });
});

it.each([
  [['.', '--table', 'x'], '--table is for a store that exists'],
  [['a.store', '--entries', '5'], '--entries is for a scratch store, in a folder'],
  [['a.store', '--value-bytes', '5'], '--value-bytes is for a scratch store, in a folder'],
  [['.', '--entries', '0'], "--entries must be a whole number from 1 to 4294967296, not '0'"],
  [['.', '--entries', '4294967297'], "from 1 to 4294967296, not '4294967297'"],
  [
    ['.', '--value-bytes', '2147483648'],
    "--value-bytes must be a whole number from 0 to 2147483647, not '2147483648'",
  ],
  [['.', '--seconds', '0'], '--seconds takes seconds above 0'],
] as const)('refuses %j', async (args, words) => {
  expect(await failed(['kv', 'bench', ...args], 'USAGE')).toContain(words);
});

describe('its parts', () => {
  it('tell quantiles to 2.2 %, and the longest exactly', () => {
    const times = fc.array(fc.double({ min: 1e-5, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(times, part, (milliseconds, quantile) => {
        const latencies = new Latencies();
        for (const each of milliseconds) latencies.add(each);
        const sorted = milliseconds.toSorted((a, b) => a - b);
        expect(latencies.longestMs).toBe(sorted.at(-1));
        const exact = sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!;
        const told = latencies.quantileMs(quantile) / exact;
        expect(told).toBeGreaterThan(1 - 1e-9);
        expect(told).toBeLessThan(1.0221);
      }),
      runs(200),
    );
  });

  it('take times that a clock can give: none, and years', () => {
    const latencies = new Latencies();
    latencies.add(0);
    expect(latencies.quantileMs(0.5)).toBe(0);
    latencies.add(1e12);
    expect(latencies.longestMs).toBe(1e12);
    expect(latencies.quantileMs(1)).toBeLessThanOrEqual(1e12);
  });

  it('make keys that are all different, and pick below the limit', () => {
    const keys = new Set(Array.from({ length: 20_000 }, (_, at) => keyOf(at)));
    expect(keys.size).toBe(20_000);
    expect([...keys].every((key) => /^[0-9a-f]{16}$/.test(key))).toBe(true);
    const random = randomNumbers();
    const picked = Array.from({ length: 10_000 }, () => random(7));
    expect(new Set(picked)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });
});
