/** The demonstration with three buttons: create mapping of data, open it and get the data, close it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createFileMapping,
  FILE_MAP_READ,
  FILE_MAP_WRITE,
  type FileMappingHandle,
  INVALID_HANDLE_VALUE,
  isPerdureError,
  mapViewOfFile,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { CProgram, decoded, encoded, HAS_PEERS, TEXTS, type Text } from './c-program.js';

const MAPPING_BYTES = 4096;

/** The three buttons as a program on perdure has them. */
function buttons(name: string, text: Text) {
  let kept: FileMappingHandle | undefined;
  const close = () => {
    if (kept) closeHandle(kept);
    kept = undefined;
    return 'closed';
  };
  onTestFinished(() => void close());
  return {
    create: (data: string) => {
      const mapping = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, MAPPING_BYTES, name);
      if (mapping.alreadyExisted) {
        closeHandle(mapping);
        return 'exists';
      }
      const view = mapViewOfFile(mapping, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0);
      new Uint8Array(view.buffer).fill(0).set(encoded(data, text));
      unmapViewOfFile(view);
      kept = mapping;
      return 'created';
    },
    open: () => {
      try {
        const mapping = openFileMapping(FILE_MAP_READ, false, name);
        const view = mapViewOfFile(mapping, FILE_MAP_READ, 0, 0);
        const data = decoded(new Uint8Array(view.buffer), text).slice(0, 256);
        unmapViewOfFile(view);
        closeHandle(mapping);
        return data;
      } catch (error) {
        if (isPerdureError(error)) return `error ${error.win32Error}`;
        throw error;
      }
    },
    close,
  };
}

describe.runIf(HAS_PEERS).each(TEXTS)('three buttons, in %s text', (text) => {
  const data = text === 'wide' ? 'shared dätä 🗺' : 'shared data';
  const long = 'x'.repeat(300);
  const start = () => {
    const name = `MMFSharedData-${process.pid}-${text}`;
    return { ours: buttons(name, text), theirs: CProgram.start('buttons', text, name) };
  };

  it('pressed here, and seen in a C program', async () => {
    const { ours, theirs } = start();
    expect(await theirs.ask('open')).toBe('error 2');
    expect(ours.create(data)).toBe('created');
    expect(await theirs.ask('open')).toBe(data);
    expect(await theirs.ask('create other data')).toBe('exists');
    expect(await theirs.ask('open')).toBe(data);
    expect(ours.close()).toBe('closed');
    expect(await theirs.ask('open')).toBe('error 2');
    expect(ours.create(long)).toBe('created');
    expect(await theirs.ask('open')).toBe(long.slice(0, 256));
    expect(await theirs.end()).toBe(0);
  });

  it('pressed in a C program, and seen here', async () => {
    const { ours, theirs } = start();
    expect(ours.open()).toBe('error 2');
    expect(await theirs.ask(`create ${data}`)).toBe('created');
    expect(ours.open()).toBe(data);
    expect(ours.create('other data')).toBe('exists');
    expect(ours.open()).toBe(data);
    expect(await theirs.ask('close')).toBe('closed');
    expect(ours.open()).toBe('error 2');
    expect(await theirs.ask(`create ${long}`)).toBe('created');
    expect(ours.open()).toBe(long.slice(0, 256));
    expect(await theirs.end()).toBe(0);
    expect(ours.open()).toBe('error 2');
  });
});
