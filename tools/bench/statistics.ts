/** Medians, ratios, and how many of their digits to believe. */

/** The middle value, or the mean of the two in the middle; null of nothing. */
export function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** How many times as fast as `peer`: above 1 is better. Null where either is missing. */
export function ratio(perdure: number | null, peer: number | null): number | null {
  return perdure === null || peer === null || peer === 0 ? null : significant(perdure / peer);
}

/** Four significant digits: more would be noise. */
export function significant(value: number): number {
  return Number(value.toPrecision(4));
}
