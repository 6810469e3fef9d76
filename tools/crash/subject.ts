/** What is put through crashes: a file, the program that writes it, and how to tell whether it is what it must be. */

/** How a round ends: the writer is killed, or the power of the disk is cut (and the writer killed then). */
export type Ending = 'kill' | 'cut';

/** What a writer has said before its end. */
export interface Said {
  /** The file is open. */
  readonly isOpen: boolean;
  /** The newest commit that was made; 0 for none in this round. */
  readonly made: number;
  /** The newest commit that was acknowledged as durable; 0 for none in this round. */
  readonly kept: number;
}

/** What was found afterwards. */
export interface Finding {
  /** Commits that were made, not acknowledged, and are gone. */
  readonly lost: number;
  /** False where the end came before the creation was over, and left nothing that can be opened. */
  readonly exists: boolean;
}

/** What goes to the writer as JSON. */
export interface Task {
  readonly path: string;
  readonly seed: number;
  readonly round: number;
  /** The number of the first commit. */
  readonly first: number;
}

export interface Subject {
  readonly path: string;
  /** In words, for the message of a failure. */
  readonly description: string;
  /** The writer: a program of this folder. */
  readonly writer: string;

  /** A round begins. */
  begin(round: number): Task;

  /** Looks at what the round has left. @throws Error that says what is wrong */
  check(said: Said, ending: Ending): Finding;
}
