/** The results as data: what `--json` prints. */
import { type Case, SUBJECT } from './contest.js';
import { median, ratio, significant } from './statistics.js';

/** One case. Figures are rates, so that higher is always better; null where something is missing on this machine. */
export interface Row {
  readonly suite: string;
  readonly case: string;
  readonly unit: string;
  readonly perdure: number | null;
  readonly peers: Readonly<Record<string, number | null>>;
  /** perdure / peer */
  readonly ratio: Readonly<Record<string, number | null>>;
}

/**
 * Boils the rounds down to medians.
 * @param rates of each contestant, of each round, of each case
 */
export function rows(
  suite: string,
  cases: readonly Case[],
  rates: ReadonlyMap<string, readonly (readonly (number | null)[])[]>,
): Row[] {
  return cases.map(({ name, unit }, index) => {
    const figure = (contestant: string): number | null => {
      const rounds = rates.get(contestant) ?? [];
      const middle = median(rounds.map((round) => round[index] ?? null).filter((rate) => rate !== null));
      return middle === null ? null : significant(middle);
    };
    const perdure = figure(SUBJECT);
    const peers: Record<string, number | null> = {};
    const ratios: Record<string, number | null> = {};
    for (const peer of rates.keys()) {
      if (peer === SUBJECT) continue;
      peers[peer] = figure(peer);
      ratios[peer] = ratio(perdure, peers[peer]);
    }
    return { suite, case: name, unit, perdure, peers, ratio: ratios };
  });
}
