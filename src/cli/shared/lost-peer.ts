/** Telling the person at the terminal that somebody on the other side of a channel was lost. */
import type { LostPeer } from '../../shared/index.js';

export function tellLost({ role, number }: LostPeer): void {
  process.stderr.write(`${role} ${number} was lost: it was killed, or ended without closing its side\n`);
}
