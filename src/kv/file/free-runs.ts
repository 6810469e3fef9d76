/** Runs of free pages as the root slot lists them: in the order of pages, neighbours of the same commits joined. */
import { corruptPage } from '../admission.js';
import type { FreeRun } from '../slot-lists.js';

/** Pages that nobody needs any more. */
export function nobodys(first: number, pages: number): FreeRun {
  return { first, pages, freed: 0, born: 0 };
}

/**
 * All runs in the order of their pages, neighbours of the same commits joined.
 * @param ordered some of them, in that order: as a rule most of them
 * @throws CORRUPT where two have a page in common
 */
export function joinedRuns(ordered: readonly FreeRun[], others: FreeRun[]): FreeRun[] {
  others.sort((a, b) => a.first - b.first);
  const joined: FreeRun[] = [];
  let last: FreeRun | undefined;
  let end = 0;
  for (let index = 0, other = 0; index < ordered.length || other < others.length; ) {
    const isNext =
      other === others.length || (index < ordered.length && ordered[index].first < others[other].first);
    const run = isNext ? ordered[index++] : others[other++];
    if (run.first < end) throw corruptPage(run.first, 'it was given back twice');
    if (last === undefined || run.first > end || run.freed !== last.freed || run.born !== last.born) {
      last = run;
      joined.push(run);
    } else {
      last = { ...last, pages: last.pages + run.pages };
      joined[joined.length - 1] = last;
    }
    end = run.first + run.pages;
  }
  return joined;
}
