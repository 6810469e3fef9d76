/** Telling the person at the terminal about the other side of a channel. */
import type { LostPeer } from '../../shared/index.js';

export function tellLost({ role, number }: LostPeer): void {
  process.stderr.write(`${role} ${number} was lost: it was killed, or ended without closing its side\n`);
}

/** That nobody is there yet. Nothing where stderr is no terminal: to a program it is no error. */
export function tellWaiting(whom: 'sender' | 'receiver', name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`waiting for a ${whom} of '${name}' ...\n`);
}
