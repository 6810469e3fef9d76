/** Timed work. */
import { performance } from 'node:perf_hooks';
import type { Reading } from './contest.js';

/** Does the work once: `done` things, and returns their rate. */
export function timed(done: number, work: () => number): Reading {
  const start = performance.now();
  const result = work();
  const seconds = (performance.now() - start) / 1000;
  return { done, result, rates: [done / seconds] };
}

/** Repeats one piece of work, which must find the same each time, for about `milliseconds`. */
export function timedFor(milliseconds: number, work: () => number): Reading {
  const start = performance.now();
  const result = work();
  let count = 1;
  let elapsed = performance.now() - start;
  while (elapsed < milliseconds) {
    if (work() !== result) throw new Error('the same work gave two results');
    count++;
    elapsed = performance.now() - start;
  }
  return { done: 1, result, rates: [(count * 1000) / elapsed] };
}
