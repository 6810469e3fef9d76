/**
 * The inner loops over text, 16 bytes at a time, as WebAssembly: counting line ends, listing where they are, finding bytes.
 *
 * Each reads whole vectors: memory behind `end` must be readable, and behind the data must stand no line end (see
 * scanner.ts, which fills it).
 */
import { type Code, lanes, op, vector, type WasmFunction } from './assembler.js';

/** Rounds of 16 bytes after which a counter of one byte may be full: a lane grows by at most 1 a round. */
const ROUNDS_8 = 255;
/** The same for lanes of two bytes, kept low so that the sums of pairs stay below 2^16 as well. */
const ROUNDS_16 = 255;

/** count(at, end, unit): how many units in [at, end), a multiple of 16 bytes, at least 16, are `unit`. */
function count(width: 1 | 2): WasmFunction {
  const [at, end, unit, total, stop, wanted, counters] = [0, 1, 2, 3, 4, 5, 6] as const;
  const lane = lanes[width];
  const step = (width === 1 ? ROUNDS_8 : ROUNDS_16) * 16;
  const sums = width === 1 ? [...vector.addPairs8, ...vector.addPairs16] : vector.addPairs16;
  return {
    name: `count${width}`,
    parameters: 3,
    words: 2,
    vectors: 2,
    body: [
      ...[...op.get(unit), ...lane.splat, ...op.set(wanted)],
      ...op.loop(
        [...vector.zero, ...op.set(counters)],
        [...op.get(at), ...op.const(step), ...op.add, ...op.tee(stop), ...op.get(end)],
        [...op.get(stop), ...op.get(end), ...op.less, ...op.select, ...op.set(stop)],
        op.loop(
          // A lane that is equal is all ones, which is -1.
          [...op.get(counters), ...op.get(at), ...vector.load, ...op.get(wanted), ...lane.equals],
          [...lane.subtract, ...op.set(counters)],
          [...op.get(at), ...op.const(16), ...op.add, ...op.tee(at), ...op.get(stop), ...op.less],
          op.branchIf(0),
        ),
        [...op.get(counters), ...sums, ...op.set(counters), ...op.get(total)],
        [0, 1, 2, 3].flatMap((word) => [...op.get(counters), ...vector.word(word), ...op.add]),
        [...op.set(total), ...op.get(at), ...op.get(end), ...op.less, ...op.branchIf(0)],
      ),
      ...op.get(total),
    ],
  };
}

/** positions(at, end, unit, out): stores the addresses of the units that are `unit` as words from `out`; how many. */
function positions(width: 1 | 2): WasmFunction {
  const [at, end, unit, out, first, mask, wanted] = [0, 1, 2, 3, 4, 5, 6] as const;
  const lane = lanes[width];
  const bytes: Code = width === 1 ? [] : [...op.const(1), ...op.shiftLeft];
  return {
    name: `positions${width}`,
    parameters: 4,
    words: 2,
    vectors: 1,
    body: [
      ...[...op.get(out), ...op.set(first), ...op.get(unit), ...lane.splat, ...op.set(wanted)],
      ...op.loop(
        [...op.get(at), ...vector.load, ...op.get(wanted), ...lane.equals, ...lane.bitmask, ...op.tee(mask)],
        op.if(
          op.loop(
            [...op.get(out), ...op.get(at), ...op.get(mask), ...op.trailingZeros, ...bytes, ...op.add],
            [...op.store32, ...op.get(out), ...op.const(4), ...op.add, ...op.set(out)],
            [...op.get(mask), ...op.get(mask), ...op.const(1), ...op.subtract, ...op.and, ...op.tee(mask)],
            op.branchIf(0),
          ),
        ),
        [...op.get(at), ...op.const(16), ...op.add, ...op.tee(at), ...op.get(end), ...op.less],
        op.branchIf(0),
      ),
      ...[...op.get(out), ...op.get(first), ...op.subtract, ...op.const(2), ...op.shiftRight],
    ],
  };
}

/**
 * find(at, last, needle, length, one, other): the first address in [at, last] at which the `length` bytes at `needle`
 * stand, or -1. Only where its bytes `one` and `other` fit are the rest compared.
 */
function find(): WasmFunction {
  const [at, last, needle, length, one, other] = [0, 1, 2, 3, 4, 5] as const;
  const [mask, candidate, index, oneWanted, otherWanted] = [6, 7, 8, 9, 10] as const;
  const lane = lanes[1];
  const splatOf = (place: number) => [
    ...op.get(needle),
    ...op.get(place),
    ...op.add,
    ...op.load8,
    ...lane.splat,
  ];
  const fits = (place: number, wanted: number) => [
    ...[...op.get(at), ...op.get(place), ...op.add, ...vector.load, ...op.get(wanted), ...lane.equals],
  ];
  const byteAt = (base: number) => [...op.get(base), ...op.get(index), ...op.add, ...op.load8];
  return {
    name: 'find',
    parameters: 6,
    words: 3,
    vectors: 2,
    body: [
      ...[...splatOf(one), ...op.set(oneWanted), ...splatOf(other), ...op.set(otherWanted)],
      ...op.loop(
        [
          ...fits(one, oneWanted),
          ...fits(other, otherWanted),
          ...vector.and,
          ...lane.bitmask,
          ...op.tee(mask),
        ],
        op.if(
          op.loop(
            [...op.get(at), ...op.get(mask), ...op.trailingZeros, ...op.add, ...op.tee(candidate)],
            [...op.get(last), ...op.greater, ...op.if(op.const(-1), op.return)],
            [...op.const(0), ...op.set(index)],
            op.block(
              op.loop(
                [...byteAt(candidate), ...byteAt(needle), ...op.differs, ...op.branchIf(1)],
                [
                  ...op.get(index),
                  ...op.const(1),
                  ...op.add,
                  ...op.tee(index),
                  ...op.get(length),
                  ...op.less,
                ],
                op.branchIf(0),
              ),
              [...op.get(candidate), ...op.return],
            ),
            [...op.get(mask), ...op.get(mask), ...op.const(1), ...op.subtract, ...op.and, ...op.tee(mask)],
            op.branchIf(0),
          ),
        ),
        [...op.get(last), ...op.get(at), ...op.const(16), ...op.add, ...op.tee(at), ...op.less],
        // last < at: nothing is left.
        [...op.if(op.const(-1), op.return), ...op.branch(0)],
      ),
      ...op.const(-1),
    ],
  };
}

export const SCAN_FUNCTIONS: readonly WasmFunction[] = [
  count(1),
  count(2),
  positions(1),
  positions(2),
  find(),
];

/** What the module exports. */
export interface ScanExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  count1(at: number, end: number, unit: number): number;
  count2(at: number, end: number, unit: number): number;
  positions1(at: number, end: number, unit: number, out: number): number;
  positions2(at: number, end: number, unit: number, out: number): number;
  find(at: number, last: number, needle: number, length: number, one: number, other: number): number;
}
