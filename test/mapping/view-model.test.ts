/**
 * Searching, copying, filling, reading and writing against Buffer as the model. The views are cut into parts of a few
 * bytes, so that every kind of seam is met; few byte values, so that searches find something.
 */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MappedFile, type View } from '../../src/mapping/index.js';
import { failure } from '../support/failure.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const path = tempFiles();
const letters = (max: number, min = 0) =>
  fc
    .array(fc.constantFrom(97, 98, 99), { minLength: min, maxLength: max, size: 'max' })
    .map((bytes) => Buffer.from(bytes));
const partBytes = fc.constantFrom(undefined, 1, 2, 3, 5, 8, 13, 40, 64);

/** Runs `use` on a view of a file with this content, beginning `lead` bytes into the file, and on the model. */
function withView(
  content: Buffer,
  maxWindowBytes: number | undefined,
  use: (view: View, model: Buffer) => void,
): void {
  const name = path();
  const lead = 3;
  fs.writeFileSync(name, Buffer.concat([Buffer.from('abc'), content, Buffer.from('cba')]));
  const internals = maxWindowBytes === undefined ? {} : { maxWindowBytes };
  using file = MappedFile.open(name, { mode: 'readwrite' }, internals);
  const model = Buffer.from(content);
  use(file.view(lead, content.length), model);
  file.close();
  const found = fs.readFileSync(name);
  expect(found.subarray(lead, -3).equals(model), 'the file is what the model says').toBe(true);
  expect(found.toString('latin1', 0, lead) + found.toString('latin1', found.length - 3)).toBe('abccba');
  fs.rmSync(name);
}

/** An offset and a length within `limit`. */
const ranges = (limit: number) =>
  fc
    .integer({ min: 0, max: limit })
    .chain((offset) => fc.tuple(fc.constant(offset), fc.integer({ min: 0, max: limit - offset })));

describe('against Buffer', () => {
  it('indexOf and lastIndexOf find the same', () => {
    fc.assert(
      fc.property(
        letters(80),
        letters(12),
        partBytes,
        fc.array(fc.nat(), { maxLength: 4 }),
        (content, needle, parts, froms) => {
          withView(content, parts, (view) => {
            expect(view.indexOf(needle)).toBe(content.indexOf(needle));
            expect(view.lastIndexOf(needle)).toBe(
              needle.length === 0 ? content.length : content.lastIndexOf(needle),
            );
            for (const any of froms) {
              const from = any % (content.length + 1);
              expect(view.indexOf(needle, from)).toBe(content.indexOf(needle, from));
              expect(view.lastIndexOf(needle, from)).toBe(
                needle.length === 0 ? from : content.lastIndexOf(needle, from),
              );
            }
          });
        },
      ),
      runs(400),
    );
  });

  it('every part of the content is found where it is, or before', () => {
    fc.assert(
      fc.property(
        letters(60, 1).chain((content) => fc.tuple(fc.constant(content), ranges(content.length))),
        partBytes,
        ([content, [offset, length]], parts) => {
          withView(content, parts, (view) => {
            const needle = content.subarray(offset, offset + length);
            expect(view.indexOf(needle, offset)).toBe(offset);
            expect(view.lastIndexOf(needle, offset)).toBe(offset);
          });
        },
      ),
      runs(200),
    );
  });

  it('copyWithin moves the same bytes, however the ranges overlap', () => {
    fc.assert(
      fc.property(
        letters(80, 1).chain((content) =>
          fc.tuple(
            fc.constant(content),
            fc.array(fc.tuple(ranges(content.length), fc.nat()), { minLength: 1, maxLength: 4 }),
          ),
        ),
        partBytes,
        ([content, moves], parts) => {
          withView(content, parts, (view, model) => {
            for (const [[source, length], any] of moves) {
              const target = any % (content.length - length + 1);
              view.copyWithin(target, source, length);
              model.copyWithin(target, source, source + length);
              expect(view.read(0, content.length).equals(model)).toBe(true);
            }
          });
        },
      ),
      runs(300),
    );
  });

  it('fill, write, setString and read agree with it', () => {
    const operation = (length: number) =>
      fc.oneof(
        fc.tuple(fc.constant('fill' as const), ranges(length), fc.integer({ min: 0, max: 255 })),
        fc.tuple(fc.constant('write' as const), ranges(length), fc.integer({ min: 0, max: 255 })),
        fc.tuple(fc.constant('setString' as const), ranges(length), fc.integer({ min: 97, max: 122 })),
      );
    fc.assert(
      fc.property(
        letters(80, 1).chain((content) =>
          fc.tuple(fc.constant(content), fc.array(operation(content.length), { maxLength: 8 })),
        ),
        partBytes,
        ([content, operations], parts) => {
          withView(content, parts, (view, model) => {
            for (const [what, [offset, length], value] of operations) {
              const source = Buffer.from(Array.from({ length }, (_, at) => (value + at) & 0xff));
              if (what === 'fill') view.fill(value, offset, length);
              else if (what === 'write') view.write(offset, source);
              else expect(view.setString(offset, source.toString('latin1'), 'latin1')).toBe(length);
              if (what === 'fill') model.fill(value, offset, offset + length);
              else model.set(source, offset);
              expect(view.read(offset, length).equals(model.subarray(offset, offset + length))).toBe(true);
              expect(view.getString(offset, length, 'latin1')).toBe(
                model.toString('latin1', offset, offset + length),
              );
            }
          });
        },
      ),
      runs(200),
    );
  });
});

describe.each([undefined, 4])('arguments, in parts of %s bytes', (maxWindowBytes) => {
  const NO_NUMBERS = [
    -1,
    0.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    -1n,
    2n ** 60n,
    '1',
    null,
    {},
    Symbol('x'),
  ];
  const open = (mode: 'readwrite' | 'readonly' = 'readwrite') => {
    const name = path();
    fs.writeFileSync(name, 'hello world');
    return MappedFile.open(name, { mode }, maxWindowBytes === undefined ? {} : { maxWindowBytes });
  };
  const any = (value: unknown) => value as number;

  it('offsets and lengths that are none are refused', () => {
    using file = open();
    const view = file.view();
    for (const value of NO_NUMBERS) {
      failure(() => view.read(any(value), 0), 'INVALID_ARGUMENT');
      failure(() => view.read(0, any(value)), 'INVALID_ARGUMENT');
      failure(() => view.write(any(value), Buffer.alloc(1)), 'INVALID_ARGUMENT');
      failure(() => view.fill(1, any(value)), 'INVALID_ARGUMENT');
      failure(() => view.fill(1, 0, any(value ?? Number.NaN)), 'INVALID_ARGUMENT');
      failure(() => view.markWritten(any(value)), 'INVALID_ARGUMENT');
      failure(() => view.copyWithin(any(value), 0, 0), 'INVALID_ARGUMENT');
      failure(() => view.copyWithin(0, any(value), 0), 'INVALID_ARGUMENT');
      failure(() => view.copyWithin(0, 0, any(value)), 'INVALID_ARGUMENT');
      failure(() => view.indexOf('l', any(value)), 'INVALID_ARGUMENT');
      failure(() => view.lastIndexOf('l', any(value)), 'INVALID_ARGUMENT');
      failure(() => view.getString(any(value), 1), 'INVALID_ARGUMENT');
      failure(() => view.setString(any(value), 'x'), 'INVALID_ARGUMENT');
      failure(() => file.view(any(value ?? Number.NaN)), 'INVALID_ARGUMENT');
      failure(() => file.view(0, any(value ?? Number.NaN)), 'INVALID_ARGUMENT');
    }
    expect(view.getString(0, 11)).toBe('hello world');
  });

  it('ranges beyond the end are refused, and nothing is stored', () => {
    using file = open();
    const view = file.view();
    for (const [offset, length] of [
      [0, 12],
      [11, 1],
      [12, 0],
      [5, 7],
      [2 ** 40, 1],
      [1, Number.MAX_SAFE_INTEGER],
    ] as const) {
      failure(() => view.read(offset, length), 'OUT_OF_BOUNDS');
      failure(() => view.fill(1, offset, length), 'OUT_OF_BOUNDS');
      failure(() => view.markWritten(offset, length), 'OUT_OF_BOUNDS');
      failure(() => view.copyWithin(offset, 0, length), 'OUT_OF_BOUNDS');
      failure(() => view.copyWithin(0, offset, length), 'OUT_OF_BOUNDS');
      failure(() => file.view(offset, length), 'OUT_OF_BOUNDS');
      if (length < 20) failure(() => view.write(offset, Buffer.alloc(length)), 'OUT_OF_BOUNDS');
    }
    failure(() => view.fill(1, 12), 'OUT_OF_BOUNDS');
    failure(() => view.markWritten(12), 'OUT_OF_BOUNDS');
    failure(() => view.indexOf('l', 12), 'OUT_OF_BOUNDS');
    failure(() => view.lastIndexOf('l', 12), 'OUT_OF_BOUNDS');
    expect(view.getString(0, 11)).toBe('hello world');
  });

  it('bigints serve as offsets and lengths', () => {
    using file = open();
    const view = file.view(2n, 9n);
    expect([view.offset, view.length]).toEqual([2, 9]);
    expect(view.read(1n, 3n).toString()).toBe('lo ');
    view.fill(46, 3n, 1n);
    view.copyWithin(0n, 4n, 2n);
    expect(view.indexOf('o', 3n)).toBe(5);
    expect(view.getString(0, 9)).toBe('woo.world');
  });

  it('values that are no bytes are refused', () => {
    using file = open();
    const view = file.view();
    for (const value of [256, -1, 0.5, Number.NaN, '1', null, undefined, 1n, Symbol('x')]) {
      failure(() => view.fill(any(value)), 'INVALID_VALUE');
      if (typeof value !== 'string') failure(() => view.indexOf(any(value)), 'INVALID_ARGUMENT');
    }
    for (const source of ['text', [1, 2], null, undefined, new ArrayBuffer(2), new Uint16Array(2)]) {
      failure(() => view.write(0, source as unknown as Uint8Array), 'INVALID_ARGUMENT');
    }
    failure(() => view.setString(0, 7 as unknown as string), 'INVALID_ARGUMENT');
    failure(() => view.setString(0, 'x', 'latin7' as BufferEncoding), 'INVALID_ARGUMENT');
    failure(() => view.getString(0, 1, 'latin7' as BufferEncoding), 'INVALID_ARGUMENT');
    expect(view.getString(0, 11)).toBe('hello world');
  });

  it('writers refuse where the file is readonly, readers do not', () => {
    using file = open('readonly');
    const view = file.view();
    expect(view.writable).toBe(false);
    failure(() => view.write(0, Buffer.from('x')), 'READ_ONLY');
    failure(() => view.setString(0, 'x'), 'READ_ONLY');
    failure(() => view.fill(0), 'READ_ONLY');
    failure(() => view.copyWithin(0, 1, 2), 'READ_ONLY');
    failure(() => view.markWritten(), 'READ_ONLY');
    expect(view.indexOf('world')).toBe(6);
    expect(view.lastIndexOf(111)).toBe(7);
    expect(view.read(0, 5).toString()).toBe('hello');
  });

  it('everything is CLOSED after closing, which may be done twice', () => {
    using file = open();
    const view = file.view();
    view.getUint8(0);
    view.close();
    view.close();
    view[Symbol.dispose]();
    failure(() => view.bytes, 'CLOSED');
    failure(() => view.read(0, 1), 'CLOSED');
    failure(() => view.write(0, Buffer.alloc(1)), 'CLOSED');
    failure(() => view.getString(0, 1), 'CLOSED');
    failure(() => view.setString(0, 'x'), 'CLOSED');
    failure(() => view.fill(0), 'CLOSED');
    failure(() => view.copyWithin(0, 1, 1), 'CLOSED');
    failure(() => view.indexOf('x'), 'CLOSED');
    failure(() => view.lastIndexOf('x'), 'CLOSED');
    failure(() => view.markWritten(), 'CLOSED');
  });
});
