/**
 * What a suite is made of. A suite holds contests; in a contest several contestants, one of them 'perdure', do the same
 * work; a round of a contestant gives one rate for each case of the contest. Everything is a rate: higher is better.
 */

/** The contestant that the others, its peers, are compared with. */
export const SUBJECT = 'perdure';

export interface Suite {
  readonly name: string;
  readonly contests: readonly Contest[];
}

/** Where a contestant works. */
export interface Place {
  /** A folder of the suite's, for what `setup` makes. Contestants only read there. */
  readonly shared: string;
  /** A folder of the contestant's own, gone after the contest. */
  readonly own: string;
  /** Less work, for a run of a minute. */
  readonly quick: boolean;
  /** Ten times as many records, in the suites that have them. */
  readonly large: boolean;
  /** Who of the peers takes part; all unless given. */
  readonly peers: readonly string[] | undefined;
}

export interface Case {
  readonly name: string;
  readonly unit: string;
}

export interface Contest {
  /** One for each rate of a reading. */
  readonly cases: readonly Case[];
  /** What exactly is done and counted, for the reader of the table. */
  readonly method: string;
  /** Makes the files that the contestants share, in `place.shared`, unless an earlier contest did. */
  setup?(place: Place): void | Promise<void>;
  /** How often each contestant works, unless as the runner has it. */
  readonly rounds?: { readonly quick: number; readonly full: number; readonly large?: number };
  /** Rounds that are not counted, unless as the runner has it; none where `rounds.large` is taken. */
  readonly warmups?: number;
  /** By name. Each runs in a process of its own, so that none trains the engine for another. */
  readonly contestants: Readonly<Record<string, Prepare>>;
  /** What a round that did `done` must find, where a contestant may do less than the others. */
  expected?(done: number): number;
}

/** Gets a contestant ready: modules, files. Throws Unavailable where it cannot take part on this machine. */
export type Prepare = (place: Place) => Contestant | Promise<Contestant>;

export interface Contestant {
  round(): Reading | Promise<Reading>;
  close?(): void;
}

export interface Reading {
  /** How much was done: contestants that did as much must have found the same. */
  readonly done: number;
  /** What was found or is there afterwards: shows that the work was done, and done right. */
  readonly result: number;
  /** One for each case; null where it cannot be measured here, `reason` says why. */
  readonly rates: readonly (number | null)[];
  readonly reason?: string;
}

/** Whether a contestant was asked for. The subject always is. */
export function takesPart({ peers }: Pick<Place, 'peers'>, contestant: string): boolean {
  return contestant === SUBJECT || peers === undefined || peers.includes(contestant);
}

/** A contestant that cannot take part here: its figures are null, and the run goes on. */
export class Unavailable extends Error {}
