/** Objects that are to be told of something as long as anybody else has them. */
const FIRST_SWEEP = 16;

export class WeakList<T extends object> implements Iterable<T> {
  #references: WeakRef<T>[] = [];
  #sweepAt = FIRST_SWEEP;

  add(object: T): void {
    if (this.#references.length >= this.#sweepAt) {
      this.#references = this.#references.filter((reference) => reference.deref() !== undefined);
      this.#sweepAt = Math.max(FIRST_SWEEP, this.#references.length * 2);
    }
    this.#references.push(new WeakRef(object));
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const reference of this.#references) {
      const object = reference.deref();
      if (object !== undefined) yield object;
    }
  }
}
