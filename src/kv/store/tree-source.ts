/** Where a reader has its tree from: the store as it is now, or a snapshot. */
import type { KeyBuffer } from '../key-buffer.js';
import type { Tree } from '../tree.js';
import type { Clock } from './clock.js';
import type { WalkPool } from './walk.js';

export interface TreeSource {
  /** What `tree` returned stays right until its time changes. */
  readonly clock: Clock;
  readonly walks: WalkPool;
  /** For a key that is looked up. */
  readonly key: KeyBuffer;

  /** The tree as of now. @throws CLOSED */
  tree(): Tree;

  /** True where `tree` is one that changes under its readers: that of a transaction. */
  readonly isChanging: boolean;

  /** A tree that stays as it is, or as long as its transaction lasts. @throws CLOSED */
  lease(): TreeLease;
}

export interface TreeLease {
  readonly tree: Tree;
  /** What has to be released; nothing in a transaction. */
  readonly held: Releasable | undefined;
  /** @throws CLOSED where the tree is not there any more */
  check(): void;
}

export interface Releasable {
  release(): void;
}
