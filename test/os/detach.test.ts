/**
 * Detaching must work however long the process has run: on Node 20 it once failed with "Unexpected token '%'" when V8
 * had flushed the bytecode of the detaching function, and the file could not be closed.
 */
import { execFileSync } from 'node:child_process';
import { expect, it, vi } from 'vitest';
import { detachArrayBuffer } from '../../src/os/detach.js';
import { processPath } from '../support/child.js';

// Node 20 only, and first: V8 remembers what it has compiled. Another thread is done with the flag, which is the process's, between two steps of this one.
it.skipIf('transfer' in ArrayBuffer.prototype)(
  'works while other threads switch the natives syntax',
  async () => {
    vi.resetModules();
    let allowed = 0;
    vi.doMock('node:v8', async (original) => {
      const v8 = await original<typeof import('node:v8')>();
      const setFlagsFromString = (flag: string) => {
        v8.setFlagsFromString(flag);
        if (flag === '--allow-natives-syntax' && ++allowed <= 3)
          v8.setFlagsFromString('--no-allow-natives-syntax');
      };
      return { ...v8, setFlagsFromString };
    });
    const { detachArrayBuffer: detach } = await import('../../src/os/detach.js');
    vi.doUnmock('node:v8');
    const buffer = new ArrayBuffer(16);
    detach(buffer);
    expect(buffer.byteLength).toBe(0);
    expect(allowed).toBe(4);
  },
);

it('leaves length 0, and nothing to read', () => {
  const buffer = new ArrayBuffer(16);
  const bytes = new Uint8Array(buffer);
  detachArrayBuffer(buffer);
  expect([buffer.byteLength, bytes.length, bytes[0]]).toEqual([0, 0, undefined]);
});

it('works after V8 has flushed unused bytecode', () => {
  const flags = ['--expose-gc', '--stress-flush-code'];
  const output = execFileSync(process.execPath, [...flags, processPath('detach-after-flush')], {
    encoding: 'utf8',
  });
  expect(output.trim()).toBe('5');
});
