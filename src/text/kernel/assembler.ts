/**
 * The WebAssembly binary format (https://webassembly.github.io/spec/core/binary/), as far as the scanner needs it:
 * instructions as small functions that return bytes, and the sections around them.
 */
export type Code = readonly number[];

/** An unsigned LEB128 number. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** A signed LEB128 number. */
function signed(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest >= -0x40 && rest < 0x40) return [...bytes, rest & 0x7f];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

const simd = (opcode: number, ...rest: number[]): Code => [0xfd, ...unsigned(opcode), ...rest];
const NO_RESULT = 0x40;

export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  const: (value: number): Code => [0x41, ...signed(value)],
  /** Runs the body; `branchIf(0)` in it goes back to its start. */
  loop: (...body: Code[]): Code => [0x03, NO_RESULT, ...body.flat(), 0x0b],
  /** Runs the body; `branchIf(0)` in it goes to its end. */
  block: (...body: Code[]): Code => [0x02, NO_RESULT, ...body.flat(), 0x0b],
  /** Runs the body where the value on the stack is not 0. */
  if: (...body: Code[]): Code => [0x04, NO_RESULT, ...body.flat(), 0x0b],
  branch: (depth: number): Code => [0x0c, depth],
  branchIf: (depth: number): Code => [0x0d, depth],
  return: [0x0f] as Code,
  select: [0x1b] as Code,
  load8: [0x2d, 0, 0] as Code,
  store32: [0x36, 2, 0] as Code,
  equals: [0x46] as Code,
  differs: [0x47] as Code,
  less: [0x49] as Code,
  greater: [0x4b] as Code,
  trailingZeros: [0x68] as Code,
  add: [0x6a] as Code,
  subtract: [0x6b] as Code,
  and: [0x71] as Code,
  shiftLeft: [0x74] as Code,
  shiftRight: [0x76] as Code,
} as const;

/** Instructions on 16 bytes at a time. */
export const vector = {
  load: simd(0, 0, 0),
  zero: simd(12, ...new Array<number>(16).fill(0)),
  and: simd(78),
  /** Sums of neighbours: 16 bytes to 8 halves, 8 halves to 4 words. */
  addPairs8: simd(125),
  addPairs16: simd(127),
  word: (lane: number): Code => simd(27, lane),
} as const;

/** The instructions that differ by the width of a lane in bytes. */
export const lanes = {
  1: { splat: simd(15), equals: simd(35), bitmask: simd(100), subtract: simd(113) },
  2: { splat: simd(16), equals: simd(45), bitmask: simd(132), subtract: simd(145) },
} as const;

export interface WasmFunction {
  readonly name: string;
  /** Its parameters, all i32; it returns an i32. */
  readonly parameters: number;
  /** Its further locals: i32 ones come first, then those of 16 bytes. */
  readonly words: number;
  readonly vectors: number;
  readonly body: Code;
}

const I32 = 0x7f;
const V128 = 0x7b;
const list = (entries: readonly Code[]): Code => [...unsigned(entries.length), ...entries.flat()];
const section = (id: number, entries: readonly Code[]): Code => {
  const content = list(entries);
  return [id, ...unsigned(content.length), ...content];
};
const text = (value: string): Code => list([...Buffer.from(value)].map((byte) => [byte]));

/** A module of these functions with a memory of so many pages of 64 KiB, exported as `memory`. */
export function assemble(functions: readonly WasmFunction[], memoryPages: number): Uint8Array<ArrayBuffer> {
  const type = ({ parameters }: WasmFunction): Code => [
    0x60,
    ...list(new Array<Code>(parameters).fill([I32])),
    ...list([[I32]]),
  ];
  const code = ({ words, vectors, body }: WasmFunction): Code => {
    const locals = list([
      [...unsigned(words), I32],
      [...unsigned(vectors), V128],
    ]);
    const content = [...locals, ...body, 0x0b];
    return [...unsigned(content.length), ...content];
  };
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, functions.map(type)),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0, ...unsigned(memoryPages)]]),
    ...section(7, [
      [...text('memory'), 2, 0],
      ...functions.map(({ name }, index) => [...text(name), 0, ...unsigned(index)]),
    ]),
    ...section(10, functions.map(code)),
  ]);
}
