/** Commits that are told by their numbers: what each writes, and so what a store holds after any of them. */
export const NUMBER_KEY = 'number';

/** What commit `number` stores and removes (undefined). */
export function* recordsOf(number: number): Generator<[key: string, value: Buffer | undefined]> {
  for (let index = 0; index < 4; index++) {
    const mixed = Math.imul(number * 4 + index, 0x9e3779b1) >>> 0;
    const key = `key ${mixed % 500}`;
    const lengthBytes = mixed % 50 === 0 ? 20_000 : (mixed >>> 8) % 700;
    yield [key, mixed % 7 === 0 ? undefined : Buffer.alloc(lengthBytes, number)];
  }
  yield [NUMBER_KEY, Buffer.from(String(number))];
}

/** What a store holds after the commits 1 to `number`. */
export function contentsAfter(number: number): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (let each = 1; each <= number; each++) {
    for (const [key, value] of recordsOf(each)) {
      if (value === undefined) contents.delete(key);
      else contents.set(key, value);
    }
  }
  return contents;
}
