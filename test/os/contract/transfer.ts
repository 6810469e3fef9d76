/**
 * ReadFile and WriteFile at a position: all bytes or an error, coherent with every kind of view, and the pointer of nobody moved.
 */
import { expect, it } from 'vitest';
import {
  FILE_MAP_COPY,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  GENERIC_READ,
  GENERIC_WRITE,
  PAGE_READONLY,
  PAGE_READWRITE,
} from '../../../src/os/constants.js';
import { failure } from '../../support/failure.js';
import { random, randomBytes, SEED } from '../../support/seed.js';
import { bytesOf, MIB, type Subject } from './subject.js';

export function transferContract(subject: Subject): void {
  it('reads what was written, at any offset and of any length', () => {
    const file = subject.file(0);
    const next = random(SEED);
    const expected = Buffer.alloc(3 * MIB);
    let length = 0;
    for (let round = 0; round < 40; round++) {
      const offset = next(2 * MIB);
      const bytes = randomBytes(next(round % 8 === 0 ? MIB : 5000), round);
      subject.os.writeFile(file, bytes, round % 2 === 0 ? offset : BigInt(offset));
      expected.set(bytes, offset);
      if (bytes.length > 0) length = Math.max(length, offset + bytes.length);
      expect(subject.os.getFileSizeEx(file)).toBe(length);
    }
    const found = Buffer.alloc(expected.length);
    expect(subject.os.readFile(file, found, 0)).toBe(length);
    expect(found.equals(expected)).toBe(true);
    const part = Buffer.alloc(1000);
    expect(subject.os.readFile(file, part, 12_345n)).toBe(1000);
    expect(part.equals(expected.subarray(12_345, 13_345))).toBe(true);
  });

  it('reads fewer bytes where the file ends, and none behind it', () => {
    const file = subject.open(subject.fileOf(Buffer.from('hello')));
    const buffer = Buffer.from('..........');
    expect(subject.os.readFile(file, buffer, 3)).toBe(2);
    expect(buffer.toString()).toBe('lo........');
    expect(subject.os.readFile(file, buffer, 5)).toBe(0);
    expect(subject.os.readFile(file, buffer, 2 ** 40)).toBe(0);
    expect(subject.os.readFile(file, Buffer.alloc(0), 0)).toBe(0);
    expect(buffer.toString()).toBe('lo........');
  });

  it('extends the file, with zeros before what was written; writing nothing does not', () => {
    const file = subject.open(subject.fileOf(Buffer.from('hello')));
    subject.os.writeFile(file, Buffer.alloc(0), 1000);
    expect(subject.os.getFileSizeEx(file)).toBe(5);
    subject.os.writeFile(file, Buffer.from('world'), 100_000);
    const found = Buffer.alloc(100_005, 1);
    expect(subject.os.readFile(file, found, 0)).toBe(100_005);
    expect(found.subarray(5, 100_000).every((byte) => byte === 0)).toBe(true);
    expect(found.toString('latin1', 0, 5) + found.toString('latin1', 100_000)).toBe('helloworld');
  });

  it('takes a part of a buffer for what it is', () => {
    const file = subject.file(0);
    const bytes = Buffer.from('0123456789');
    subject.os.writeFile(file, new Uint8Array(bytes.buffer, bytes.byteOffset + 3, 4), 0);
    expect(subject.os.getFileSizeEx(file)).toBe(4);
    const found = Buffer.alloc(10, '.');
    subject.os.readFile(file, found.subarray(2, 6), 0);
    expect(found.toString()).toBe('..3456....');
  });

  it('agrees with views: what is written shows, what is stored is read', () => {
    const file = subject.file(300_000);
    const written = subject.view(subject.mapping(file, PAGE_READWRITE), FILE_MAP_WRITE);
    const read = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_READ);
    const copied = subject.view(subject.mapping(file, PAGE_READONLY), FILE_MAP_COPY);
    const views = [written, read, copied].map(bytesOf);
    for (const offset of [0, 70_001, 299_990]) {
      subject.os.writeFile(file, Buffer.from('written'), offset);
      for (const bytes of views) expect(bytes.toString('latin1', offset, offset + 7)).toBe('written');
    }
    views[0]!.write('stored', 100_000);
    const found = Buffer.alloc(6);
    subject.os.readFile(file, found, 100_000);
    expect(found.toString()).toBe('stored');
  });

  it('needs the access that it uses, an open file and a buffer', () => {
    const path = subject.fileOf(Buffer.from('hello'));
    const reading = subject.open(path, { access: GENERIC_READ });
    const writing = subject.open(path, { access: GENERIC_WRITE });
    const buffer = Buffer.alloc(5);
    expect(failure(() => subject.os.writeFile(reading, buffer, 0), 'ACCESS_DENIED').win32Error).toBe(5);
    expect(failure(() => subject.os.readFile(writing, buffer, 0), 'ACCESS_DENIED').win32Error).toBe(5);
    failure(() => subject.os.readFile(reading, buffer, -1), 'INVALID_ARGUMENT');
    failure(() => subject.os.writeFile(writing, buffer, 0.5), 'INVALID_ARGUMENT');
    failure(() => subject.os.readFile(reading, new ArrayBuffer(5) as never, 0), 'INVALID_ARGUMENT');
    failure(() => subject.os.writeFile(writing, 'hello' as never, 0), 'INVALID_ARGUMENT');
    subject.os.closeHandle(reading);
    subject.os.closeHandle(writing);
    failure(() => subject.os.readFile(reading, buffer, 0), 'CLOSED');
    failure(() => subject.os.writeFile(writing, buffer, 0), 'CLOSED');
  });
}
