/**
 * Commits to a store that their numbers tell: what each changes, and so what a store holds after any of them. The writer and
 * the one who looks at the file afterwards have nothing else in common.
 */
import { random } from '../../test/support/seed.js';
import type { History } from './history.js';

/** The key under which each commit leaves its number. */
export const NUMBER_KEY = 'number';

/** A value, by what it is made of: contents are compared without keeping them. */
export interface Value {
  readonly text: string;
  readonly length: number;
}

export type Change =
  | { readonly kind: 'set'; readonly key: string; readonly value: Value }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'clear' }
  | { readonly kind: 'add' | 'remove'; readonly key: string; readonly pair: number }
  | { readonly kind: 'clear pairs' }
  /** A nested transaction that fails, and leaves nothing. */
  | { readonly kind: 'undone'; readonly value: Value };

/** What a store holds: records of its own table, and of the table with many values a key. */
export interface Contents {
  readonly records: Map<string, Value>;
  readonly pairs: Map<string, Set<number>>;
}

export function bytesOf({ text, length }: Value): Buffer {
  return Buffer.alloc(length, text);
}

/** A length that values have: mostly short, some of many pages. */
function drawLength(next: (limit: number) => number): number {
  const kind = next(100);
  return next(kind < 70 ? 300 : kind < 92 ? 3000 : kind < 98 ? 30_000 : 200_000);
}

function drawChange(next: (limit: number) => number, text: string): Change {
  const kind = next(400);
  const key = kind % 9 === 0 ? `${'long '.repeat(1 + next(60))}${next(40)}` : `key ${next(400)}`;
  if (kind < 3) return { kind: kind === 0 ? 'clear' : 'clear pairs' };
  if (kind < 20) return { kind: 'undone', value: { text, length: drawLength(next) } };
  if (kind < 110) return { kind: kind < 85 ? 'add' : 'remove', key: `pair ${next(20)}`, pair: next(300) };
  if (kind < 190) return { kind: 'delete', key };
  return { kind: 'set', key, value: { text, length: drawLength(next) } };
}

/** What commit `number` of a round changes; its number comes last. */
export function* changesOf(seed: number, round: number, number: number): Generator<Change> {
  const next = random(Math.imul(seed ^ (round * 0x9e3779b1), 0x85ebca6b) ^ Math.imul(number, 0xc2b2ae35));
  const text = `${round}.${number}`;
  if (next(25) === 0) {
    for (let record = next(2000), end = record + 200; record < end; record++)
      yield { kind: 'set', key: `bulk ${record}`, value: { text, length: 50 + next(200) } };
  }
  for (let left = 1 + next(8); left > 0; left--) yield drawChange(next, `${text}.${left} `);
  yield { kind: 'set', key: NUMBER_KEY, value: { text: String(number), length: String(number).length } };
}

export function emptyContents(): Contents {
  return { records: new Map(), pairs: new Map() };
}

/** The commits from `from` to `to` change the contents. */
export function replay(contents: Contents, seed: number, history: History, from: number, to: number): void {
  for (let number = from; number <= to; number++)
    for (const change of changesOf(seed, history.roundOf(number), number)) apply(contents, change);
}

function apply({ records, pairs }: Contents, change: Change): void {
  switch (change.kind) {
    case 'set':
      records.set(change.key, change.value);
      break;
    case 'delete':
      records.delete(change.key);
      break;
    case 'clear':
      records.clear();
      break;
    case 'add':
      pairs.set(change.key, (pairs.get(change.key) ?? new Set()).add(change.pair));
      break;
    case 'remove':
      pairs.get(change.key)?.delete(change.pair);
      break;
    case 'clear pairs':
      pairs.clear();
      break;
    case 'undone':
      break;
  }
}

export function copyOf({ records, pairs }: Contents): Contents {
  const copies = [...pairs].map(([key, values]) => [key, new Set(values)] as const);
  return { records: new Map(records), pairs: new Map(copies) };
}
