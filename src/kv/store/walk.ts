/**
 * What an iteration needs besides its tree: a cursor and room for keys. They are used again, since making them costs
 * more than a short range.
 */
import { Cursor } from '../cursor.js';
import { KeyBuffer } from '../key-buffer.js';
import type { Tree } from '../tree.js';
import { Bounds } from './bounds.js';

/** So many are kept. */
const SPARE_WALKS = 8;

export class Walk {
  readonly cursor: Cursor;
  /** For what is read, or is to be compared. */
  readonly key = new KeyBuffer();
  readonly bounds: Bounds;

  constructor(tree: Tree) {
    this.cursor = new Cursor(tree);
    this.bounds = new Bounds(new KeyBuffer(), new KeyBuffer(), this.key);
  }
}

export class WalkPool {
  readonly #spare: Walk[] = [];

  /** A walk over all of a tree. */
  take(tree: Tree): Walk {
    const walk = this.#spare.pop() ?? new Walk(tree);
    walk.cursor.attach(tree);
    walk.bounds.clear();
    return walk;
  }

  giveBack(walk: Walk): void {
    if (this.#spare.length < SPARE_WALKS) this.#spare.push(walk);
  }
}
