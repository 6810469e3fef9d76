/**
 * Mode 'copy-on-write': stores are seen by their opening alone, whatever they are and whoever looks; discard brings the
 * file back. Method: random scribbling against a model, while another process reads the file over and over.
 */
import * as fs from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MappedFile, type View } from '../../src/mapping/index.js';
import type { FileRequest } from '../processes/mapped-file.js';
import type { ReaderRequest, Watched } from '../processes/reader.js';
import { Child } from '../support/child.js';
import { failure } from '../support/failure.js';
import { randomBytes, runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const LENGTH = 100_003;
const path = tempFiles();
const content = randomBytes(LENGTH);

function written(): string {
  const name = path();
  fs.writeFileSync(name, content);
  return name;
}

type Scribble =
  | { do: 'write'; offset: number; bytes: Buffer }
  | { do: 'fill'; offset: number; length: number; value: number }
  | { do: 'move'; target: number; source: number; length: number }
  | { do: 'scalar'; offset: number; value: number }
  | { do: 'raw'; offset: number; value: number }
  | { do: 'closeViews' }
  | { do: 'discard' };

const offset = fc.integer({ min: 0, max: LENGTH - 1 });
const byte = fc.integer({ min: 0, max: 255 });
const scribble: fc.Arbitrary<Scribble> = fc.oneof(
  fc.record({
    do: fc.constant('write' as const),
    offset: fc.integer({ min: 0, max: LENGTH - 9000 }),
    bytes: fc
      .tuple(byte, fc.integer({ min: 0, max: 9000 }))
      .map(([value, length]) => Buffer.alloc(length, value)),
  }),
  offset.chain((from) =>
    fc.record({
      do: fc.constant('fill' as const),
      offset: fc.constant(from),
      length: fc.integer({ min: 0, max: LENGTH - from }),
      value: byte,
    }),
  ),
  fc.record({
    do: fc.constant('move' as const),
    target: fc.integer({ min: 0, max: 50_000 }),
    source: fc.integer({ min: 0, max: 50_000 }),
    length: fc.integer({ min: 0, max: 50_000 }),
  }),
  fc.record({
    do: fc.constant('scalar' as const),
    offset: fc.integer({ min: 0, max: LENGTH - 8 }),
    value: fc.double({ noNaN: true }),
  }),
  fc.record({ do: fc.constant('raw' as const), offset, value: byte }),
  fc.constant({ do: 'closeViews' as const }),
  fc.constant({ do: 'discard' as const }),
);

/** Carries out one scribble on the view and on the model. Returns the view to go on with. */
function carryOut(file: MappedFile, view: View, model: Buffer, step: Scribble): View {
  switch (step.do) {
    case 'write':
      view.write(step.offset, step.bytes);
      model.set(step.bytes, step.offset);
      return view;
    case 'fill':
      view.fill(step.value, step.offset, step.length);
      model.fill(step.value, step.offset, step.offset + step.length);
      return view;
    case 'move':
      view.copyWithin(step.target, step.source, step.length);
      model.copyWithin(step.target, step.source, step.source + step.length);
      return view;
    case 'scalar':
      view.setFloat64(step.offset, step.value);
      model.writeDoubleLE(step.value, step.offset);
      return view;
    case 'raw': {
      using small = file.view(step.offset, 1);
      small.bytes[0] = step.value;
      model[step.offset] = step.value;
      return view;
    }
    case 'closeViews':
      view.close();
      return file.view();
    case 'discard':
      file.discard();
      model.set(content);
      return view;
  }
}

describe('scribbling', () => {
  it('changes no byte of the file, and no concurrent reader in another process sees anything', async () => {
    const name = written();
    const reader = Child.start<ReaderRequest>('reader');
    await reader.ask({ do: 'watch', path: name, expected: content });
    fc.assert(
      fc.property(
        fc.array(scribble, { minLength: 1, maxLength: 30 }),
        fc.constantFrom(undefined, 4096, 10_007, 65_536),
        (steps, maxWindowBytes) => {
          const internals = maxWindowBytes === undefined ? {} : { maxWindowBytes };
          using file = MappedFile.open(name, { mode: 'copy-on-write' }, internals);
          using neighbour = MappedFile.open(name, { mode: 'copy-on-write' });
          const model = Buffer.from(content);
          let view = file.view();
          for (const step of steps) view = carryOut(file, view, model, step);
          expect(view.read(0, LENGTH).equals(model), 'the scribbler sees its own stores').toBe(true);
          expect(neighbour.view().bytes.equals(content), 'another opening sees none').toBe(true);
          expect(fs.readFileSync(name).equals(content), 'nor does the file').toBe(true);
        },
      ),
      runs(100),
    );
    const watched = await reader.ask<Watched>({ do: 'stop' });
    expect(watched.difference).toBeUndefined();
    expect(watched.rounds).toBeGreaterThan(1);
  });

  it('in another process is not seen here, also when that process is killed', async () => {
    const name = written();
    const child = Child.start<FileRequest>('mapped-file');
    await child.ask({ do: 'open', path: name, options: { mode: 'copy-on-write' } });
    using file = MappedFile.open(name);
    const { bytes } = file.view();
    await child.ask({ do: 'fill', offset: 0, length: LENGTH, value: 0xee });
    expect(bytes.equals(content)).toBe(true);
    const own = await child.ask<Uint8Array>({ do: 'read', offset: 0, length: LENGTH });
    expect(Buffer.from(own).equals(Buffer.alloc(LENGTH, 0xee))).toBe(true);
    await child.ask({ do: 'discard' });
    const again = await child.ask<Uint8Array>({ do: 'read', offset: 0, length: LENGTH });
    expect(Buffer.from(again).equals(content)).toBe(true);
    await child.ask({ do: 'fill', offset: 0, length: LENGTH, value: 0xdd });
    await child.kill();
    expect(bytes.equals(content)).toBe(true);
    expect(fs.readFileSync(name).equals(content)).toBe(true);
  });
});

describe('copy-on-write', () => {
  it('works on a file that may only be read', () => {
    const name = written();
    fs.chmodSync(name, 0o444);
    {
      using file = MappedFile.open(name, { mode: 'copy-on-write' });
      file.view().fill(0);
      expect(file.view().getUint8(5)).toBe(0);
    }
    expect(fs.readFileSync(name).equals(content)).toBe(true);
    fs.chmodSync(name, 0o666);
  });

  it('keeps what was stored while no view is open', () => {
    using file = MappedFile.open(written(), { mode: 'copy-on-write' });
    {
      using view = file.view(10, 10);
      view.fill(1);
    }
    using view = file.view();
    expect(view.read(10, 10)).toEqual(Buffer.alloc(10, 1));
    view.close();
    file.discard();
    expect(file.view().bytes.equals(content)).toBe(true);
  });

  it('views of one opening share their stores', () => {
    using file = MappedFile.open(written(), { mode: 'copy-on-write' });
    const [first, second] = [file.view(), file.view(1000)];
    first.setUint32(1004, 0xcafe);
    expect(second.getUint32(4)).toBe(0xcafe);
  });

  it('shows what others store, where it was not stored into itself', () => {
    const name = written();
    using writer = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    using file = MappedFile.open(name, { mode: 'copy-on-write' });
    const view = file.view();
    view.setUint8(0, 1);
    writer.view().setUint8(90_000, 77);
    expect(view.getUint8(90_000)).toBe(77);
    writer.view().setUint8(1, 78);
    expect(view.getUint8(1), 'a page of its own stays').toBe(content[1]);
  });

  it('discard shows the present contents in every open view and buffer, any number of times', () => {
    const name = written();
    using writer = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    using file = MappedFile.open(name, { mode: 'copy-on-write' });
    const views = [file.view(), file.view(50_001, 100)];
    const { bytes } = views[0]!;
    for (let round = 1; round <= 3; round++) {
      for (const view of views) view.fill(0);
      writer.view().fill(round, 50_001, 50);
      file.discard();
      const expected = Buffer.from(content).fill(round, 50_001, 50_051);
      expect(bytes.equals(expected)).toBe(true);
      expect(views[1]!.getUint8(49)).toBe(round);
      expect(views[1]!.getUint8(50)).toBe(content[50_051]);
    }
  });

  it('discard is for this mode only', () => {
    const name = written();
    for (const mode of ['readonly', 'readwrite'] as const) {
      using file = MappedFile.open(name, { mode });
      failure(() => file.discard(), 'READ_ONLY');
    }
  });

  it('a file that grew keeps its old length here', () => {
    const name = written();
    using writer = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    using file = MappedFile.open(name, { mode: 'copy-on-write' });
    writer.resizeSync(2 * LENGTH);
    expect([file.size, file.refresh(), file.view().length]).toEqual([LENGTH, LENGTH, LENGTH]);
    file.view().fill(1);
    file.discard();
    expect(file.view().bytes.equals(content)).toBe(true);
  });
});
