/**
 * Detaches an ArrayBuffer (harmless when repeated), so that every typed array on it has length 0 and use after unmap is an error, not a crash.
 *
 * `transfer(0)` detaches from Node 22 on. (A plain `transfer()` would leave an alias to the memory in its result.)
 * Node 20 has only V8's own `%ArrayBufferDetach`, in a function that compiles only while the natives syntax is switched
 * on. V8 compiles lazily, and throws away bytecode that has not run for some collections, so that a call may have to
 * compile it at any time: it is then a SyntaxError, and the call is repeated with the syntax switched on. That is a flag
 * of the process, which several threads may switch at once.
 */
import * as v8 from 'node:v8';
import * as vm from 'node:vm';

type Detach = (buffer: ArrayBuffer) => void;

/** So often another thread may switch the syntax off in the middle of it. */
const MOST_TRIES = 10_000;

/** The flag is the whole process's: another thread may switch it off in between, and then it is tried again. */
function withNativesSyntax<T>(run: () => T): T {
  for (let tries = 1; ; tries++) {
    v8.setFlagsFromString('--allow-natives-syntax');
    try {
      return run();
    } catch (error) {
      if (!isSyntaxError(error) || tries === MOST_TRIES) throw error;
    } finally {
      v8.setFlagsFromString('--no-allow-natives-syntax');
    }
  }
}

/** By its name: compiled code may throw one of another realm. */
function isSyntaxError(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'SyntaxError';
}

/** Compiled at the first call: a thread that detaches nothing never does. */
function detachByNatives(): Detach {
  const source = '(function (buffer) { %ArrayBufferDetach(buffer); })';
  const compile = () => {
    const compiled = vm.runInThisContext(source) as Detach;
    compiled(new ArrayBuffer(8));
    return compiled;
  };
  let detach: Detach | undefined;
  return (buffer) => {
    detach ??= withNativesSyntax(compile);
    const compiled = detach;
    try {
      compiled(buffer);
    } catch (error) {
      if (!isSyntaxError(error)) throw error;
      withNativesSyntax(() => compiled(buffer));
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
