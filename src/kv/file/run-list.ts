/** Runs of pages in memory, handed out from their fronts. */
import type { PageRun } from '../slot-lists.js';

/** How many runs are looked at for several pages: the cost of a call has a bound. */
const MAX_LOOKS = 64;

export class RunList {
  #firsts: number[] = [];
  #lengths: number[] = [];
  pages = 0;

  get runs(): readonly PageRun[] {
    return this.#firsts.map((first, index) => ({ first, pages: this.#lengths[index] }));
  }

  get length(): number {
    return this.#firsts.length;
  }

  add(first: number, pages: number): void {
    const last = this.#firsts.length - 1;
    this.pages += pages;
    if (last >= 0 && this.#firsts[last] + this.#lengths[last] === first) this.#lengths[last] += pages;
    else {
      this.#firsts.push(first);
      this.#lengths.push(pages);
    }
  }

  /** The first of `pages` pages that lie one behind the other, or -1. Takes from the run that was added last and is long enough. */
  take(pages: number): number {
    const least = Math.max(0, this.#firsts.length - MAX_LOOKS);
    for (let index = this.#firsts.length - 1; index >= least; index--)
      if (this.#lengths[index] >= pages) return this.#cut(index, pages);
    return -1;
  }

  /** Takes the longest run, or so many pages of it. */
  takeLongest(mostPages: number): PageRun | undefined {
    const index = this.#longest();
    if (index < 0) return undefined;
    const pages = Math.min(this.#lengths[index], mostPages);
    return { first: this.#cut(index, pages), pages };
  }

  #longest(): number {
    let longest = -1;
    for (let index = 0; index < Math.min(this.#firsts.length, MAX_LOOKS); index++)
      if (longest < 0 || this.#lengths[index] > this.#lengths[longest]) longest = index;
    return longest;
  }

  #cut(index: number, pages: number): number {
    const first = this.#firsts[index];
    this.pages -= pages;
    if (this.#lengths[index] > pages) {
      this.#firsts[index] += pages;
      this.#lengths[index] -= pages;
    } else {
      this.#firsts.splice(index, 1);
      this.#lengths.splice(index, 1);
    }
    return first;
  }

  /** Takes all runs, in the order of pages, with neighbours joined. */
  drain(): PageRun[] {
    const runs = this.runs.toSorted((a, b) => a.first - b.first);
    this.clear();
    const joined: { first: number; pages: number }[] = [];
    for (const run of runs) {
      const last = joined.at(-1);
      if (last && last.first + last.pages === run.first) last.pages += run.pages;
      else joined.push({ ...run });
    }
    return joined;
  }

  clear(): void {
    this.#firsts.length = 0;
    this.#lengths.length = 0;
    this.pages = 0;
  }

  /** Takes the place of what is in it. */
  set(runs: readonly PageRun[]): void {
    this.clear();
    for (const { first, pages } of runs) this.add(first, pages);
  }
}
