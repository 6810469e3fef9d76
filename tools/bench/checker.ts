/** Compares what contestants found: whoever found something wrong fails the run, and no time is reported. */
import type { Contest, Reading } from './contest.js';

/** Takes what each contestant found in each round. @throws Error where it is wrong or two differ */
export function checker(
  contest: Pick<Contest, 'cases' | 'expected'>,
): (contestant: string, reading: Reading) => void {
  const known = new Map<number, { result: number; from: string }>();
  return (contestant, { done, result }) => {
    if (!known.has(done)) {
      const expected = contest.expected?.(done);
      known.set(
        done,
        expected === undefined ? { result, from: contestant } : { result: expected, from: 'the data' },
      );
    }
    const { result: wanted, from } = known.get(done)!;
    if (result === wanted) return;
    throw new Error(
      `${contest.cases[0]!.name}: ${contestant} found ${result}, but ${wanted} is right by ${from} (${done} done)`,
    );
  };
}
