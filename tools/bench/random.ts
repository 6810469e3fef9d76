/** Random positions that are the same in every process and in every run. */

/** xorshift32 (Marsaglia 2003): `count` numbers in [0, limit). */
export function randomIndexes(count: number, limit: number, seed = 1): Uint32Array {
  const indexes = new Uint32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    indexes[i] = (state >>> 0) % limit;
  }
  return indexes;
}
