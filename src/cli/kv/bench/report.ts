/** What `kv bench` found, as a table for people and as JSON for programs. */
import { grouped, plural, shortByteSize, table } from '../../output.js';
import type { Measurement } from './measure.js';
import { KEY_BYTES } from './records.js';

export interface BenchReport {
  /** The folder of a scratch store, or the store that was read. */
  readonly where: string;
  readonly isScratch: boolean;
  readonly entries: number;
  /** Of a scratch store. */
  readonly valueBytes?: number;
  /** Once it was filled. */
  readonly fileBytes: number;
  readonly measurements: readonly Measurement[];
}

const TITLES: Record<Measurement['name'], string> = {
  load: 'fill the store, records at random',
  get: 'read a record at random',
  scan: 'read all records in order',
  sync: 'commit a record, on the disk before the next',
  group: 'write a record asynchronously, 1,000 at once',
  deferred: 'commit a record, on the disk later',
};

export function textReport({ where, isScratch, measurements, ...store }: BenchReport): string {
  const holds = `${plural(store.entries, 'record')}${
    store.valueBytes === undefined ? '' : ` of ${KEY_BYTES} + ${grouped(store.valueBytes)} bytes`
  }, ${shortByteSize(store.fileBytes)}`;
  const columns = [
    { title: '' },
    { title: 'records', right: true },
    { title: 'a second', right: true },
    { title: 'median', right: true },
    { title: '99 %', right: true },
    { title: 'longest', right: true },
  ];
  const rows = measurements.map(({ name, count, seconds, latencies }) => [
    TITLES[name],
    grouped(count),
    grouped(Math.round(rateOf(count, seconds))),
    ...(latencies === undefined
      ? ['', '', '']
      : [latencies.quantileMs(0.5), latencies.quantileMs(0.99), latencies.longestMs].map(shortTime)),
  ]);
  return `${isScratch ? `a scratch store in '${where}'` : `'${where}'`}: ${holds}\n\n${table(columns, rows)}`;
}

export function jsonReport({ where, isScratch, measurements, ...store }: BenchReport): unknown {
  return {
    [isScratch ? 'folder' : 'store']: where,
    ...store,
    measurements: measurements.map(({ name, count, seconds, latencies }) => ({
      name,
      count,
      seconds: significant(seconds),
      perSecond: significant(rateOf(count, seconds)),
      ...(latencies && {
        milliseconds: {
          median: significant(latencies.quantileMs(0.5)),
          p99: significant(latencies.quantileMs(0.99)),
          longest: significant(latencies.longestMs),
        },
      }),
    })),
  };
}

function rateOf(count: number, seconds: number): number {
  // A clock that did not move shows no rate: the least that it can tell is taken.
  return count / Math.max(seconds, 1e-9);
}

/** '85 µs', '1.3 ms', '2.5 s': two digits, or what stands before the point. */
function shortTime(milliseconds: number): string {
  const [value, unit] =
    milliseconds < 1
      ? [milliseconds * 1000, 'µs']
      : milliseconds < 1000
        ? [milliseconds, 'ms']
        : [milliseconds / 1000, 's'];
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

function significant(value: number): number {
  return Number(value.toPrecision(4));
}
