/**
 * Detaches an ArrayBuffer (harmless when repeated), so that every typed array on it has length 0 and use after unmap is an error, not a crash.
 *
 * `transfer(0)` detaches from Node 22 on. (A plain `transfer()` would leave an alias to the memory in its result.)
 * Node 20 has only V8's own `%ArrayBufferDetach`, in a function that compiles only while the natives syntax is switched
 * on. V8 compiles lazily, and throws away bytecode that has not run for some collections, so that a call may have to
 * compile it at any time: it is then a SyntaxError, and the call is repeated with the syntax switched on.
 */
import * as v8 from 'node:v8';
import * as vm from 'node:vm';

type Detach = (buffer: ArrayBuffer) => void;

function withNativesSyntax<T>(run: () => T): T {
  v8.setFlagsFromString('--allow-natives-syntax');
  try {
    return run();
  } finally {
    v8.setFlagsFromString('--no-allow-natives-syntax');
  }
}

function detachByNatives(): Detach {
  const source = '(function (buffer) { %ArrayBufferDetach(buffer); })';
  const detach = withNativesSyntax(() => {
    const compiled = vm.runInThisContext(source) as Detach;
    compiled(new ArrayBuffer(8));
    return compiled;
  });
  return (buffer) => {
    try {
      detach(buffer);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      withNativesSyntax(() => detach(buffer));
    }
  };
}

type Transferable = ArrayBuffer & { readonly detached: boolean; transfer(newLength: number): ArrayBuffer };

export const detachArrayBuffer: Detach =
  'transfer' in ArrayBuffer.prototype
    ? (buffer) => {
        if (!(buffer as Transferable).detached) (buffer as Transferable).transfer(0);
      }
    : detachByNatives();
