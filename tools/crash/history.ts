/**
 * Which commits there may be: a commit is told by its number and by the round in which it was made. A number whose commit was
 * lost is used again, by a later round, for another commit.
 */
export class History {
  /** The newest number that is on the disk for good. */
  durable = 0;
  /** The newest number that the last look found. */
  found = 0;
  /** Commits from `from` on were made in `round`. Ascending in both. */
  #made: { readonly from: number; readonly round: number }[] = [];

  /** A round begins: it goes on from what was found. @returns the number of its first commit */
  begin(round: number): number {
    const from = this.found + 1;
    this.#made.push({ from, round });
    return from;
  }

  /** The round that has made a commit. */
  roundOf(number: number): number {
    return this.#made.findLast(({ from }) => from <= number)!.round;
  }

  /** The commits up to `found` are there, and those up to `durable` for good. */
  settle(found: number, durable: number): void {
    this.#made = this.#made.filter(({ from }) => from <= found);
    this.found = found;
    this.durable = durable;
  }
}
