/** The scanner's loops against the plainest ones, at every length around those of vectors, and on random bytes. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { needleOf } from '../../src/text/kernel/needle.js';
import { INPUT_BYTES, LIST_BYTES, Scanner } from '../../src/text/kernel/scanner.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';

const scanner = new Scanner();
const ENDS = [
  { width: 1, unit: 0x0a },
  { width: 2, unit: 0x000a },
  { width: 2, unit: 0x0a00 },
] as const;

/** Bytes among which line ends, and halves of them, are frequent. */
const bytes = fc
  .array(fc.constantFrom(0x0a, 0x00, 0x0a, 0x61, 0xff), { maxLength: 300 })
  .map((list) => Buffer.from(list));

function places(input: Buffer, { width, unit }: (typeof ENDS)[number]): number[] {
  const found: number[] = [];
  for (let at = 0; at + width <= input.length; at += width) {
    if ((width === 1 ? input[at] : input.readUInt16LE(at)) === unit) found.push(at);
  }
  return found;
}

describe('scanner', () => {
  it.each(ENDS)('lists and counts line ends of $width bytes, $unit', (end) => {
    fc.assert(
      fc.property(bytes, (input) => {
        // What the last scan left behind must not be seen.
        scanner.input.fill(0x0a);
        input.copy(scanner.input);
        const expected = places(input, end);
        expect(scanner.count(end, 0, input.length)).toBe(expected.length);
        expect([...scanner.list(end, input.length)]).toEqual(expected);
      }),
      runs(500),
    );
  });

  it.each(ENDS)('counts in full input of line ends alone, $width bytes, $unit', (end) => {
    for (let at = 0; at < INPUT_BYTES; at += end.width) {
      if (end.width === 1) scanner.input[at] = end.unit;
      else scanner.input.writeUInt16LE(end.unit, at);
    }
    expect(scanner.count(end, 0, INPUT_BYTES)).toBe(INPUT_BYTES / end.width);
    expect(scanner.count(end, 16_384, 32_768)).toBe(16_384 / end.width);
    expect(scanner.list(end, LIST_BYTES).length).toBe(LIST_BYTES / end.width);
  });

  it('finds what indexOf finds', () => {
    const letters = (max: number) =>
      fc.array(fc.constantFrom(0x61, 0x62, 0x20), { minLength: 1, maxLength: max });
    fc.assert(
      fc.property(letters(400), letters(6), fc.nat(50), (text, wanted, from) => {
        const input = Buffer.from(text);
        scanner.input.fill(0x61);
        input.copy(scanner.input);
        const expected = from <= input.length ? input.indexOf(Buffer.from(wanted), from) : -1;
        expect(scanner.find(needleOf(Buffer.from(wanted)), from, input.length)).toBe(expected);
      }),
      runs(1000),
    );
  });

  it('finds a long needle at the very end of the input', () => {
    const needle = Buffer.alloc(60_000, 'long needle ');
    scanner.input.fill(0x6c);
    needle.copy(scanner.input, INPUT_BYTES - needle.length);
    expect(scanner.find(needleOf(needle), 0, INPUT_BYTES)).toBe(INPUT_BYTES - needle.length);
    expect(scanner.find(needleOf(needle), 0, INPUT_BYTES - 1)).toBe(-1);
  });

  it('refuses needles without bytes, and too long ones', () => {
    failure(() => needleOf(Buffer.alloc(0)), 'INVALID_ARGUMENT');
    failure(() => needleOf(Buffer.alloc(65_537)), 'TOO_LARGE');
  });
});
