/**
 * `View.bytes` and the rest of Node.js: a Buffer over the mapping goes wherever bytes go, a stray store where the file
 * is readonly harms nothing, and closing takes everything back.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MappedFile } from '../../src/mapping/index.js';
import { failure } from '../support/failure.js';
import { randomBytes } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';

const LENGTH = 150_001;
const path = tempFiles();

function written(content: Uint8Array): string {
  const name = path();
  fs.writeFileSync(name, content);
  return name;
}

describe('bytes', () => {
  it('are the mapping, not a copy: stores go both ways', () => {
    const name = written(Buffer.alloc(LENGTH));
    using file = MappedFile.open(name, { mode: 'readwrite', share: 'readwrite' });
    const view = file.view(1000, 2000);
    view.bytes.write('hello', 10);
    expect(view.getString(10, 5)).toBe('hello');
    view.setUint8(10, 72);
    expect(view.bytes.toString('latin1', 10, 15)).toBe('Hello');
    expect(view.bytes.length).toBe(2000);
    expect(view.bytes.buffer).toBe(view.bytes.buffer);
    expect(fs.readFileSync(name).toString('latin1', 1010, 1015)).toBe('Hello');
  });

  it('go to fs.write, hashes, TextDecoder and Buffer’s own methods', async () => {
    const content = Buffer.from('Zürich, 北京, 🙂 — '.repeat(5000)).subarray(0, LENGTH);
    using file = MappedFile.open(written(content));
    const { bytes } = file.view();
    const copy = path('copy');
    await fs.promises.writeFile(copy, bytes);
    expect(fs.readFileSync(copy).equals(content)).toBe(true);
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(hash(bytes)).toBe(hash(content));
    expect(new TextDecoder().decode(bytes)).toBe(new TextDecoder().decode(content));
    expect(bytes.indexOf('北京')).toBe(content.indexOf('北京'));
    expect(bytes.subarray(9, 15).equals(content.subarray(9, 15))).toBe(true);
    expect(Buffer.compare(bytes, content)).toBe(0);
  });

  it('typed arrays and Atomics work on them', () => {
    using file = MappedFile.open(written(Buffer.alloc(4096)), { mode: 'readwrite' });
    const { bytes } = file.view();
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, 1024);
    expect(Atomics.add(words, 3, 5)).toBe(0);
    expect(Atomics.compareExchange(words, 3, 5, 9)).toBe(5);
    expect(file.view().getInt32(12)).toBe(9);
  });

  it('of a view in several parts do not exist as one: TOO_LARGE', () => {
    using file = MappedFile.open(written(Buffer.alloc(100)), {}, { maxWindowBytes: 10 });
    const error = failure(() => file.view().bytes, 'TOO_LARGE');
    expect(error.message).toContain('smaller views');
    expect(file.view(5, 10).bytes.length).toBe(10);
    expect(file.view(0, 0).bytes.length).toBe(0);
  });

  it('have length 0 once the view or the file is closed', () => {
    for (const closes of ['view', 'file'] as const) {
      using file = MappedFile.open(written(Buffer.alloc(LENGTH, 'x')));
      const view = file.view(3);
      const { bytes } = view;
      const part = bytes.subarray(100, 200);
      const array = new Uint8Array(bytes.buffer);
      const data = new DataView(bytes.buffer);
      (closes === 'view' ? view : file).close();
      for (const closed of [bytes, part, array]) {
        expect(closed.length).toBe(0);
        expect(closed[0]).toBeUndefined();
        closed[0] = 1;
      }
      expect(() => data.getUint8(0)).toThrow(TypeError);
      failure(() => view.bytes, 'CLOSED');
      expect(view.closed).toBe(true);
    }
  });

  it('of one view stay when another over the same bytes is closed', () => {
    using file = MappedFile.open(written(Buffer.alloc(LENGTH, 'x')));
    const [first, second] = [file.view(), file.view()];
    const { bytes } = second;
    first.close();
    expect(bytes.length).toBe(LENGTH);
    expect(bytes[5]).toBe(120);
  });
});

describe('a stray store into the bytes of a readonly file', () => {
  it('neither crashes nor reaches the file, another opening or a later view of the file', () => {
    const content = randomBytes(LENGTH);
    const name = written(content);
    {
      using file = MappedFile.open(name, { mode: 'readonly' });
      using other = MappedFile.open(name, { mode: 'readonly' });
      const { bytes } = file.view();
      bytes.fill(0xee);
      new DataView(bytes.buffer, bytes.byteOffset).setFloat64(7, Math.PI);
      expect(other.view().bytes.equals(content)).toBe(true);
      expect(fs.readFileSync(name).equals(content)).toBe(true);
    }
    expect(fs.readFileSync(name).equals(content)).toBe(true);
    using file = MappedFile.open(name);
    expect(file.view().bytes.equals(content)).toBe(true);
  });

  it('works on a file that nobody may write', () => {
    const name = written(Buffer.from('hello'));
    fs.chmodSync(name, 0o444);
    {
      using file = MappedFile.open(name);
      file.view().bytes.write('HELLO');
    }
    expect(fs.readFileSync(name, 'utf8')).toBe('hello');
    fs.chmodSync(name, 0o666);
  });
});
