/**
 * Detaches an ArrayBuffer, so that every typed array on it has length 0 and use after unmap is an error, not a crash.
 *
 * `transfer(0)` detaches from Node 22 on. (A plain `transfer()` would leave an alias to the memory in its result.)
 * Node 20 has only V8's own `%ArrayBufferDetach`, compiled by a function that is called once while the natives
 * syntax is switched on, because compilation is lazy.
 */
import * as v8 from 'node:v8';
import * as vm from 'node:vm';

type Detach = (buffer: ArrayBuffer) => void;

function detachByNatives(): Detach {
  v8.setFlagsFromString('--allow-natives-syntax');
  try {
    const detach = vm.runInThisContext('(function (buffer) { %ArrayBufferDetach(buffer); })') as Detach;
    detach(new ArrayBuffer(8));
    return detach;
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax');
  }
}

type Transferable = ArrayBuffer & { transfer(newLength: number): ArrayBuffer };

export const detachArrayBuffer: Detach =
  'transfer' in ArrayBuffer.prototype
    ? (buffer) => {
        (buffer as Transferable).transfer(0);
      }
    : detachByNatives();
