/** Chooses the two bytes of a needle that are compared before the others: two that are rare in text, and not neighbours. */
import { PerdureError } from '../../os/errors.js';
import { MAX_NEEDLE_BYTES, type Needle } from './scanner.js';

/** From frequent to rare, roughly as in English prose, source code and logs. */
const FREQUENT = ' etaoinsrhld\nucm.fgp0wyb,1v2-k"/3456789=:;_()\'xjqz<>\t\0';

/** How frequent a byte is: 0 for one that is not in the list. */
const frequency = new Uint8Array(256);
for (const [place, character] of [...FREQUENT].entries()) {
  frequency[character.charCodeAt(0)] = FREQUENT.length - place;
}

/** @throws INVALID_ARGUMENT for no bytes, TOO_LARGE for more than 64 KiB */
export function needleOf(bytes: Uint8Array): Needle {
  if (bytes.length === 0)
    throw new PerdureError('INVALID_ARGUMENT', 'there is nothing to look for: the needle is empty');
  if (bytes.length > MAX_NEEDLE_BYTES) {
    throw new PerdureError(
      'TOO_LARGE',
      `a needle of ${bytes.length} bytes is too long to look for (${MAX_NEEDLE_BYTES} at most)`,
    );
  }
  const rarest = (except: number | undefined): number => {
    let best = -1;
    for (let place = 0; place < bytes.length; place++) {
      if (place === except || (except !== undefined && bytes[place] === bytes[except])) continue;
      if (best < 0 || frequency[bytes[place]!]! < frequency[bytes[best]!]!) best = place;
    }
    return best;
  };
  const one = rarest(undefined);
  const other = rarest(one);
  return { bytes: bytes.slice(), one, other: other < 0 ? bytes.length - 1 : other };
}
