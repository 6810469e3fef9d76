/** What Node.js has for the same: the IPC channel of a child process, a local socket, a MessagePort. */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { Link } from './link.js';

/** `advanced` serialisation, so that bytes are not made text. Waits where the pipe is full. */
export function ipcLink(process: ChildProcess | NodeJS.Process): Link {
  const channel = process as ChildProcess;
  return {
    send: (message) => {
      let written: () => void = () => {};
      const done = new Promise<void>((resolve) => {
        written = resolve;
      });
      return channel.send(message, () => written()) ? undefined : done;
    },
    listen: (handler) => channel.on('message', (message) => handler(message as Uint8Array)),
    close: () => channel.disconnect(),
  };
}

const PREFIX_BYTES = 4;

/** Each message behind its length. Writes of one turn go out together; waits where the socket's buffer is full. */
export function socketLink(socket: Socket): Link {
  let drained: Promise<void> | undefined;
  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  return {
    send: (message) => {
      if (!corked) {
        corked = true;
        socket.cork();
        process.nextTick(uncork);
      }
      const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
      framed.writeUInt32LE(message.length);
      framed.set(message, PREFIX_BYTES);
      if (socket.write(framed)) return undefined;
      drained ??= new Promise((resolve) => {
        socket.once('drain', () => {
          drained = undefined;
          resolve();
        });
      });
      return drained;
    },
    listen: (handler) => socket.on('data', unframe(handler)),
    close: () => socket.destroy(),
  };
}

/** Cuts what arrives into messages: without a copy where one arrived whole, else with one copy of it. */
function unframe(handler: (message: Uint8Array) => unknown): (chunk: Buffer) => void {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixed = 0;
  let partial: Buffer | undefined;
  let filled = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.length; ) {
      if (partial === undefined) {
        const copied = chunk.copy(prefix, prefixed, at, at + PREFIX_BYTES - prefixed);
        at += copied;
        prefixed += copied;
        if (prefixed < PREFIX_BYTES) return;
        prefixed = 0;
        const length = prefix.readUInt32LE();
        if (chunk.length - at >= length) {
          handler(chunk.subarray(at, at + length));
          at += length;
        } else {
          partial = Buffer.allocUnsafe(length);
          filled = 0;
        }
      } else {
        const copied = chunk.copy(partial, filled, at);
        at += copied;
        filled += copied;
        if (filled < partial.length) return;
        const message = partial;
        partial = undefined;
        handler(message);
      }
    }
  };
}

/** @param transfer gives a copy away, which then costs no further one; else the port copies when it sends and receives */
export function portLink(port: MessagePort, transfer: boolean): Link {
  return {
    send: (message) => {
      if (transfer) {
        const copy = new Uint8Array(message);
        port.postMessage(copy, [copy.buffer]);
      } else port.postMessage(message);
      return undefined;
    },
    listen: (handler) => port.on('message', handler),
    close: () => port.close(),
  };
}
