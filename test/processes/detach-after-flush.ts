/**
 * Detaches after V8 has thrown away the bytecode of everything that did not run lately. Run with --expose-gc and
 * --stress-flush-code. Prints how many of the buffers were detached.
 */
import { detachArrayBuffer } from '../../src/os/detach.js';

const collect = (globalThis as { gc?: () => void }).gc;
let detached = 0;
for (let round = 0; round < 5; round++) {
  for (let i = 0; i < 8; i++) collect?.();
  const buffer = new ArrayBuffer(16);
  detachArrayBuffer(buffer);
  if (buffer.byteLength === 0) detached++;
}
console.log(detached);
