/**
 * Seeds. Every random choice of a test comes from a number that can be given again: PERDURE_SEED in the environment,
 * else a constant. A failing property prints its seed and path; other tests print the seed in their message.
 */
const given = process.env.PERDURE_SEED;

export const SEED = given === undefined ? 20_260_118 : Number(given);

/** The parameters of fc.assert: `numRuns` cases from the seed. PERDURE_RUNS multiplies them. */
export function runs(numRuns: number): { seed: number; numRuns: number } {
  return { seed: SEED, numRuns: Math.ceil(numRuns * Number(process.env.PERDURE_RUNS ?? 1)) };
}

/** A generator of whole numbers below `limit`: mulberry32, from a seed. */
export function random(seed: number = SEED): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

/** `length` pseudo-random bytes. */
export function randomBytes(length: number, seed: number = SEED): Buffer {
  const next = random(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = next(256);
  return bytes;
}
