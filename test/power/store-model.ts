/** What a power cut may leave of a store: the state of one commit, whole, and none older than the last one that was promised. */
import type { State } from './power-store.js';

interface Made {
  readonly sequence: number;
  readonly state: State;
  /** False while it is being made, and for good where that failed: it may be found all the same. */
  accepted: boolean;
}

export class StoreModel {
  /** What the program sees. */
  now: State = new Map();
  /** The newest commit that is promised. */
  promised = 0;
  /** Commits that may be found, oldest first. */
  #made: Made[] = [{ sequence: 0, state: this.now, accepted: true }];

  /** @param forgets false where the disk may come back with older commits than were promised */
  constructor(readonly forgets: boolean) {}

  /** A commit is being made; it may be found from now on. */
  begin(sequence: number, state: State): void {
    this.#made.push({ sequence, state, accepted: false });
  }

  /** The last one was made. */
  accept(): void {
    const last = this.#made.at(-1)!;
    last.accepted = true;
    this.now = last.state;
  }

  /** The store was opened again, as it was left: it goes on from there. @returns why it cannot be so; undefined where it can */
  adopt(sequence: number, state: State): string | undefined {
    const found = this.#possibleAt(sequence).find((made) => isSame(made.state, state));
    if (found === undefined) return this.refusal(sequence, state);
    found.accepted = true;
    this.#made = this.#made.filter((made) => made === found || made.sequence < sequence);
    this.now = found.state;
    return this.refusal(sequence, state);
  }

  promise(sequence: number): void {
    this.promised = Math.max(this.promised, sequence);
    if (!this.forgets) return;
    const base = this.#acceptedAt(this.promised);
    this.#made = this.#made.filter((made) => made === base || made.sequence >= this.promised);
  }

  /** Why a store in this state, of this commit, is none that may be found; undefined where it may. */
  refusal(sequence: number, state: State): string | undefined {
    if (this.forgets && sequence < this.promised)
      return `it is of commit ${sequence}, where ${this.promised} was promised`;
    if (this.#possibleAt(sequence).some((made) => isSame(made.state, state))) return undefined;
    return `the ${state.size} records of commit ${sequence} are none that it can have`;
  }

  /** Commits that the store makes of itself change nothing. */
  #possibleAt(sequence: number): Made[] {
    const accepted = this.#acceptedAt(sequence);
    return this.#made.filter((made) => made === accepted || made.sequence === sequence);
  }

  #acceptedAt(sequence: number): Made | undefined {
    return this.#made.filter((made) => made.accepted && made.sequence <= sequence).at(-1);
  }
}

export function isSame(a: State, b: State): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) if (b.get(key)?.equals(value) !== true) return false;
  return true;
}
