/**
 * What a disk may hold of one thing after a power cut: its value as it is certainly there, and every value that it was given
 * since. Index 0 is the certain one, the last index the newest.
 *
 * A flush notes the `mark` of the newest value when it begins, and settles that mark when it ends: values that came meanwhile
 * stay uncertain.
 */
export class Versions<T> {
  readonly #values: T[];
  #dropped = 0;
  #lost = -1;

  constructor(durable: T) {
    this.#values = [durable];
  }

  get count(): number {
    return this.#values.length;
  }

  get durable(): T {
    return this.#values[0]!;
  }

  get newest(): T {
    return this.#values[this.#values.length - 1]!;
  }

  at(index: number): T {
    return this.#values[index]!;
  }

  push(value: T): void {
    this.#values.push(value);
  }

  /** Stands for the newest value, whatever comes later. */
  get mark(): number {
    return this.#dropped + this.#values.length - 1;
  }

  /** The marked value is on the disk: none before it can be found any more. Returns whether that is news. */
  settle(mark: number): boolean {
    const older = mark - this.#dropped;
    if (older <= 0 || mark <= this.#lost) return false;
    this.#values.splice(0, older);
    this.#dropped = mark;
    return true;
  }

  /** A flush failed: the system takes the newest value for written, and no flush writes it again. */
  lose(): void {
    this.#lost = this.mark;
  }
}
