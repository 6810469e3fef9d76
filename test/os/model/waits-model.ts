/**
 * When a wait of the model is satisfied, with which result, and what it takes.
 *
 * Which of several waits gets what only one can have, the documentation leaves open: `explain` accepts any order in
 * which every outcome was possible at its turn.
 */
import { WAIT_ABANDONED_0, WAIT_OBJECT_0 } from '../../../src/os/constants.js';
import type { ModelProcess, ObjectsModel, Outcome, PendingWait, Signaling } from './objects-model.js';

function isSignaled(object: Signaling, process: ModelProcess): boolean {
  if (object.kind === 'event') return object.signaled;
  return object.owner === undefined || object.owner === process;
}

function objectsOf(wait: PendingWait): Signaling[] {
  return wait.handles.map(({ object }) => object as Signaling);
}

/** What the wait may return now, the documented choice first; nothing while it cannot be satisfied. */
export function possibleResults(wait: PendingWait): number[] {
  const objects = objectsOf(wait);
  const abandoned = (object: Signaling) => object.kind === 'mutex' && object.abandoned;
  if (wait.all && objects.length > 1) {
    if (!objects.every((object) => isSignaled(object, wait.process))) return [];
    return [objects.some(abandoned) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0];
  }
  return objects.flatMap((object, index) =>
    isSignaled(object, wait.process) ? [(abandoned(object) ? WAIT_ABANDONED_0 : WAIT_OBJECT_0) + index] : [],
  );
}

/** The effect of a wait that was satisfied with this result. */
export function acquire(wait: PendingWait, result: number): void {
  const objects = objectsOf(wait);
  const taken =
    wait.all && objects.length > 1
      ? objects
      : [objects[result >= WAIT_ABANDONED_0 ? result - WAIT_ABANDONED_0 : result]!];
  for (const object of taken) {
    if (object.kind === 'event') {
      if (!object.manual) object.signaled = false;
      continue;
    }
    Object.assign(object, { owner: wait.process, count: object.count + 1, abandoned: false });
  }
}

type Saved = [object: Signaling, state: object];

function save(waits: Iterable<PendingWait>): Saved[] {
  return [...waits].flatMap((wait) => objectsOf(wait).map((object): Saved => [object, { ...object }]));
}

/**
 * Whether the outcomes of pending waits are possible, in some order. If so the model takes them over.
 * @param anyIndex several objects were signaled one after the other, so that a wait may have seen a larger index first
 * @returns the waits that must yet be satisfied: one of them at least; undefined where no order explains the outcomes
 */
export function explain(
  model: ObjectsModel,
  outcomes: readonly Outcome[],
  anyIndex: boolean,
): PendingWait[] | undefined {
  const waits = outcomes.map(({ id }) => model.pending.get(id));
  if (waits.some((wait) => wait === undefined)) return undefined;
  const order = (left: readonly number[]): boolean => {
    if (left.length === 0) return true;
    return left.some((index) => {
      const wait = waits[index]!;
      const { result } = outcomes[index]!;
      const possible = possibleResults(wait);
      if (!(anyIndex ? possible : possible.slice(0, 1)).includes(result as number)) return false;
      const saved = save([wait]);
      acquire(wait, result as number);
      if (order(left.filter((other) => other !== index))) return true;
      for (const [object, state] of saved) Object.assign(object, state);
      return false;
    });
  };
  if (!order(outcomes.map((_, index) => index))) return undefined;
  for (const { id } of outcomes) model.pending.delete(id);
  return [...model.pending.values()].filter((wait) => possibleResults(wait).length > 0);
}
