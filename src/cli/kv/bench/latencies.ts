/**
 * How long many things took, in constant memory: counted by the logarithm of the time, 32 steps for each doubling. A
 * quantile is at most 2.2 % more than the time that it stands for; the longest is exact.
 */

const STEPS_PER_DOUBLING = 32;
/** 2^-20 ms are a nanosecond, 2^32 ms are 49 days. */
const LEAST_EXPONENT = -20;
const GREATEST_EXPONENT = 32;
const STEPS = (GREATEST_EXPONENT - LEAST_EXPONENT) * STEPS_PER_DOUBLING;

export class Latencies {
  readonly #counts = new Float64Array(STEPS);
  #count = 0;
  #longestMs = 0;

  add(milliseconds: number): void {
    const step = Math.ceil((Math.log2(milliseconds) - LEAST_EXPONENT) * STEPS_PER_DOUBLING);
    this.#counts[Math.min(Math.max(step, 0), STEPS - 1)]! += 1;
    this.#count += 1;
    this.#longestMs = Math.max(this.#longestMs, milliseconds);
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  /** The time that a part of them did not exceed. @param part 0.5 for the median */
  quantileMs(part: number): number {
    let left = Math.max(1, Math.ceil(part * this.#count));
    const step = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return Math.min(2 ** (LEAST_EXPONENT + step / STEPS_PER_DOUBLING), this.#longestMs);
  }
}
