/** Starts a partner, and gives the link to it. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { Place } from '../contest.js';
import { channelLink } from './channel-link.js';
import type { Link } from './link.js';
import type { PartnerRole } from './partner.js';
import { ipcLink, portLink, socketLink } from './peer-links.js';

const SCRIPT = fileURLToPath(new URL('./partner.js', import.meta.url));

export interface Partner {
  readonly link: Link;
  end(): void;
}

function pathOf(place: Place): string {
  return process.platform === 'win32'
    ? `\\\\.\\pipe\\perdure-bench-${process.pid}`
    : join(place.own, 'socket');
}

/** A partner in another process. */
export async function partnerProcess(
  by: 'channel' | 'ipc' | 'socket',
  lengthBytes: number,
  place: Place,
): Promise<Partner> {
  const at = by === 'socket' ? pathOf(place) : `perdure-bench-${process.pid}`;
  const server = by === 'socket' ? createServer().listen(at) : undefined;
  if (server) await once(server, 'listening');
  const role: PartnerRole = { by, at, lengthBytes };
  const child = fork(SCRIPT, [JSON.stringify(role)], {
    serialization: 'advanced',
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const connection = server && (once(server, 'connection') as Promise<[Socket]>);
  if (by === 'ipc') return { link: ipcLink(child), end: () => child.disconnect() };
  await once(child, 'message');
  const link = connection ? socketLink((await connection)[0]) : channelLink(at, lengthBytes, true);
  return {
    link,
    end: () => {
      link.close();
      server?.close();
      child.disconnect();
    },
  };
}

/** A partner in another thread of this process. */
export async function partnerThread(
  by: 'channel' | 'port' | 'port with transfer',
  lengthBytes: number,
): Promise<Partner> {
  const at = `perdure-bench-thread-${process.pid}`;
  const { port1, port2 } = new MessageChannel();
  const role = { by, at, lengthBytes, port: port2 };
  const worker = new Worker(SCRIPT, { workerData: role, transferList: [port2] });
  await once(worker, 'message');
  const link = by === 'channel' ? channelLink(at, lengthBytes, true) : portLink(port1, by !== 'port');
  return {
    link,
    end: () => {
      link.close();
      void worker.terminate();
    },
  };
}
