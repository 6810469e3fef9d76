/** The other end, in a process or a thread of its own: answers until the one that started it ends or terminates it. */
import { connect } from 'node:net';
import { isMainThread, type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { channelLink } from './channel-link.js';
import { answer, type Link } from './link.js';
import { ipcLink, portLink, socketLink } from './peer-links.js';

export interface PartnerRole {
  readonly by: 'channel' | 'ipc' | 'socket' | 'port' | 'port with transfer';
  /** The name of the channel, or the path of the socket. */
  readonly at: string;
  readonly lengthBytes: number;
}

const role = (isMainThread ? JSON.parse(process.argv[2]!) : workerData) as PartnerRole & {
  port?: MessagePort;
};

function link(): Link {
  switch (role.by) {
    case 'channel':
      return channelLink(role.at, role.lengthBytes, false);
    case 'ipc':
      return ipcLink(process);
    case 'socket':
      return socketLink(connect(role.at));
    default:
      return portLink(role.port!, role.by === 'port with transfer');
  }
}

answer(link());
if (isMainThread) {
  process.on('disconnect', () => process.exit());
  if (role.by !== 'ipc') process.send!('ready');
} else parentPort!.postMessage('ready');
