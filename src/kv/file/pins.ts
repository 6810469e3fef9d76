/** The commits that somebody reads. Few: one for each snapshot that is open, and those of one commit count once. */
export class Pins {
  /** How many hold each commit, by its sequence. */
  readonly #counts = new Map<number, number>();

  add(sequence: number): void {
    this.#counts.set(sequence, (this.#counts.get(sequence) ?? 0) + 1);
  }

  /** True where nobody holds the commit any more. */
  remove(sequence: number): boolean {
    const left = this.#counts.get(sequence)! - 1;
    if (left > 0) this.#counts.set(sequence, left);
    else this.#counts.delete(sequence);
    return left === 0;
  }

  /** True where somebody sees a page that commit `born` wrote and commit `freed` gave back. */
  see(born: number, freed: number): boolean {
    for (const sequence of this.#counts.keys()) if (sequence >= born && sequence < freed) return true;
    return false;
  }
}
