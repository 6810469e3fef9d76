/** The few largest of many, without sorting the many. */

export class Top<T> {
  readonly #size: number;
  readonly #entries: { key: number; value: T }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** `value` is asked for only where the key is among the largest so far. */
  offer(key: number, value: () => T): void {
    const entries = this.#entries;
    if (entries.length === this.#size && key <= entries.at(-1)!.key) return;
    let at = entries.length;
    while (at > 0 && entries[at - 1]!.key < key) at--;
    entries.splice(at, 0, { key, value: value() });
    if (entries.length > this.#size) entries.pop();
  }

  /** From the largest down. */
  get entries(): readonly { readonly key: number; readonly value: T }[] {
    return this.#entries;
  }
}
