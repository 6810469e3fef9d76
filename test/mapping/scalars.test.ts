/**
 * Every scalar at every alignment, in a view of one ArrayBuffer and in one of many small parts, so that values straddle
 * the seams; what a type cannot hold, and offsets that are none.
 */
import { describe, expect, it } from 'vitest';
import { MappedFile, type View } from '../../src/mapping/index.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const LENGTH = 64;
const path = tempFiles();

type Value = number | bigint;

interface Scalar {
  size: number;
  get(view: View, offset: number, littleEndian?: boolean): Value;
  set(view: View, offset: number, value: Value, littleEndian?: boolean): void;
  /** What DataView stores, as the model. */
  model(data: DataView, offset: number, value: Value, littleEndian: boolean): void;
  values: Value[];
  refused: unknown[];
}

const NOT_NUMBERS = ['1', null, undefined, {}, true, [], Symbol('x')];
const NOT_WHOLE = [0.5, Number.NaN, Number.POSITIVE_INFINITY, -1.5, 2 ** 53, ...NOT_NUMBERS];

/** The getter and setter of a type, by their name in View and DataView. */
function scalar<T extends Value>(
  type: string,
  size: number,
  values: T[],
  refused: unknown[],
): [string, Scalar] {
  type Methods = Record<string, (...args: unknown[]) => Value>;
  const get: Scalar['get'] = (view, offset, littleEndian) =>
    (view as unknown as Methods)[`get${type}`]!(offset, littleEndian);
  const set: Scalar['set'] = (view, offset, value, littleEndian) =>
    (view as unknown as Methods)[`set${type}`]!(offset, value, littleEndian);
  const model: Scalar['model'] = (data, offset, value, littleEndian) =>
    (data as unknown as Methods)[`set${type}`]!(offset, value, littleEndian);
  return [type, { size, get, set, model, values, refused }];
}

const SCALARS = [
  scalar('Uint8', 1, [0, 1, 127, 128, 255], [-1, 256, ...NOT_WHOLE]),
  scalar('Int8', 1, [0, 1, -1, 127, -128], [-129, 128, 255, ...NOT_WHOLE]),
  scalar('Uint16', 2, [0, 1, 0x1234, 0xffff], [-1, 0x10000, ...NOT_WHOLE]),
  scalar('Int16', 2, [0, 0x1234, 0x7fff, -0x8000, -2], [0x8000, -0x8001, ...NOT_WHOLE]),
  scalar('Uint32', 4, [0, 0x12345678, 0xffffffff], [-1, 2 ** 32, ...NOT_WHOLE]),
  scalar('Int32', 4, [0, 0x12345678, 2 ** 31 - 1, -(2 ** 31)], [2 ** 31, -(2 ** 31) - 1, ...NOT_WHOLE]),
  scalar('BigUint64', 8, [0n, 0x123456789abcdef0n, 2n ** 64n - 1n], [-1n, 2n ** 64n, 1, ...NOT_NUMBERS]),
  scalar(
    'BigInt64',
    8,
    [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)],
    [2n ** 63n, -(2n ** 63n) - 1n, 1, ...NOT_NUMBERS],
  ),
  scalar('Float32', 4, [0, 1.5, -0.25, Number.POSITIVE_INFINITY, Number.NaN], [1n, ...NOT_NUMBERS]),
  scalar('Float64', 8, [0, Math.PI, -0, Number.MIN_VALUE, Number.NaN], [1n, ...NOT_NUMBERS]),
];

const NO_OFFSETS = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '0', null, undefined, {}];
const BEYOND = [LENGTH, 2 ** 31, 2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER];

describe.each([undefined, 1, 3, 7, 8, 16])('parts of %s bytes', (maxWindowBytes) => {
  const open = (mode: 'readwrite' | 'copy-on-write' | 'readonly' = 'readwrite') => {
    const name = path();
    MappedFile.open(name, { mode: 'readwrite', create: true, size: LENGTH }).close();
    return MappedFile.open(name, { mode }, maxWindowBytes === undefined ? {} : { maxWindowBytes });
  };

  describe.each(SCALARS)('%s', (_type, { size, get, set, model, values, refused }) => {
    it('round-trips at every alignment, in both byte orders, and touches nothing else', () => {
      using file = open();
      const view = file.view();
      const expected = Buffer.alloc(LENGTH);
      const data = new DataView(expected.buffer, expected.byteOffset, LENGTH);
      for (let offset = 0; offset <= LENGTH - size; offset++) {
        for (const value of values) {
          for (const littleEndian of [undefined, true, false]) {
            set(view, offset, value, littleEndian);
            model(data, offset, value, littleEndian ?? true);
            expect(get(view, offset, littleEndian)).toEqual(value);
          }
        }
        expect(view.read(0, LENGTH).equals(expected)).toBe(true);
      }
    });

    it('works in a view that begins at an odd place', () => {
      using file = open();
      const view = file.view(5, 2 * size + 1);
      set(view, 0, values[1]!);
      set(view, size + 1, values[1]!);
      expect(get(view, 0)).toEqual(values[1]);
      expect(get(file.view(), 5 + size + 1)).toEqual(values[1]);
      failure(() => get(view, size + 2), 'OUT_OF_BOUNDS');
    });

    it('refuses what the type cannot hold, and stores nothing', () => {
      using file = open();
      const view = file.view();
      for (const touched of [false, true]) {
        if (touched) get(view, 0);
        for (const value of refused) failure(() => set(view, 3, value as Value), 'INVALID_VALUE');
      }
      expect(view.read(0, LENGTH).equals(Buffer.alloc(LENGTH))).toBe(true);
    });

    it('refuses offsets that are none and offsets beyond, before and after the first access', () => {
      using file = open();
      const view = file.view();
      for (const touched of [false, true]) {
        if (touched) set(view, 0, values[0]!);
        for (const offset of NO_OFFSETS) {
          failure(() => get(view, offset as number), 'INVALID_ARGUMENT');
          failure(() => set(view, offset as number, values[0]!), 'INVALID_ARGUMENT');
        }
        for (const offset of [LENGTH - size + 1, ...BEYOND]) {
          failure(() => get(view, offset), 'OUT_OF_BOUNDS');
          failure(() => set(view, offset, values[0]!), 'OUT_OF_BOUNDS');
        }
      }
      expect(view.read(0, LENGTH).equals(Buffer.alloc(LENGTH))).toBe(true);
    });

    it('is refused where the file is readonly, before and after the first access', () => {
      using file = open('readonly');
      const view = file.view();
      for (const touched of [false, true]) {
        if (touched) expect(get(view, 0)).toEqual(typeof values[0] === 'bigint' ? 0n : 0);
        failure(() => set(view, 0, values[1]!), 'READ_ONLY');
      }
    });

    it('stays private where the file is copy-on-write', () => {
      using file = open('copy-on-write');
      using other = MappedFile.open(file.path, { share: 'readwrite' });
      const view = file.view();
      set(view, 7, values[1]!);
      expect(get(view, 7)).toEqual(values[1]);
      expect(get(other.view(), 7)).toEqual(typeof values[0] === 'bigint' ? 0n : 0);
    });

    it('is CLOSED after the view was closed, and after the file was', () => {
      for (const closes of ['view', 'file'] as const) {
        using file = open();
        const view = file.view();
        set(view, 0, values[1]!);
        (closes === 'view' ? view : file).close();
        failure(() => get(view, 0), 'CLOSED');
        failure(() => set(view, 0, values[1]!), 'CLOSED');
        failure(() => get(view, LENGTH), 'CLOSED');
      }
    });
  });
});
