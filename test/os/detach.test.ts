/**
 * Detaching must work however long the process has run: on Node 20 it once failed with "Unexpected token '%'" when V8
 * had flushed the bytecode of the detaching function, and the file could not be closed.
 */
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { detachArrayBuffer } from '../../src/os/detach.js';
import { processPath } from '../support/child.js';

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
