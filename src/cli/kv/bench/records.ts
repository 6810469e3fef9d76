/** The records of a scratch store, and which of them is next: the same in every run. */

/** 16 hexadecimal digits. Never the same for two numbers below 2^32, and in no order. */
export function keyOf(number: number): string {
  return mixed(number) + mixed(number + 0x9e37_79b9);
}

export const KEY_BYTES = 16;

/** A permutation of the 32-bit numbers (the finaliser of MurmurHash3), in 8 digits. */
function mixed(number: number): string {
  let h = number | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return ((h ^ (h >>> 16)) >>> 0).toString(16).padStart(8, '0');
}

/** Numbers from 0 below a limit, at random: xorshift32 (Marsaglia 2003). */
export function randomNumbers(): (limit: number) => number {
  let state = 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
