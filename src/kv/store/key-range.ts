/** A range of a table, of which keys, values or both can be asked, again and again: each time it is walked anew. */
import type { Cell } from '../cell.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { Tree } from '../tree.js';
import { countRecords, Iteration, type Selection } from './iteration.js';
import type { RecordReader } from './record-format.js';
import type { TreeSource } from './tree-source.js';

export class KeyRange<K, V> implements Iterable<[K, V]> {
  readonly #source: TreeSource;
  readonly #reader: RecordReader<K, V>;
  readonly #selection: Selection<K>;

  /** @internal */
  constructor(source: TreeSource, reader: RecordReader<K, V>, selection: Selection<K>) {
    this.#source = source;
    this.#reader = reader;
    this.#selection = selection;
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }

  keys(): IterableIterator<K> {
    return new Iteration(this.#source, this.#reader, this.#selection, pickKey);
  }

  values(): IterableIterator<V> {
    return new Iteration(this.#source, this.#reader, this.#selection, pickValue);
  }

  entries(): IterableIterator<[K, V]> {
    return new Iteration<K, V, [K, V]>(this.#source, this.#reader, this.#selection, pickEntry);
  }

  /**
   * The records without decoding or copying anything that is not asked for: one object, which is moved from record to
   * record. What it tells, its `bytes` too, holds until the next step.
   */
  records(): IterableIterator<RecordView<K, V>> {
    const view = new RecordView<K, V>();
    return new Iteration<K, V, RecordView<K, V>>(
      this.#source,
      this.#reader,
      this.#selection,
      (reader, tree, cell, scratch) => view.moveTo(reader, tree, cell, scratch),
    );
  }

  /** How many records there are, without visiting them. */
  count(): number {
    return countRecords(this.#source, this.#selection);
  }
}

/** A record that an iteration is at. */
export class RecordView<K, V> {
  #reader!: RecordReader<K, V>;
  #tree!: Tree;
  #cell!: Cell;
  #scratch!: KeyBuffer;

  /** @internal */
  moveTo(reader: RecordReader<K, V>, tree: Tree, cell: Cell, scratch: KeyBuffer): this {
    this.#reader = reader;
    this.#tree = tree;
    this.#cell = cell;
    this.#scratch = scratch;
    return this;
  }

  get key(): K {
    return this.#reader.key(this.#cell, this.#scratch);
  }

  get value(): V {
    return this.#reader.value(this.#tree, this.#cell, this.#scratch);
  }

  /** The value's bytes where they lie; not to be written to. */
  get bytes(): Uint8Array {
    return this.#reader.bytes(this.#tree, this.#cell, this.#scratch);
  }
}

function pickKey<K, V>(reader: RecordReader<K, V>, _: Tree, cell: Cell, scratch: KeyBuffer): K {
  return reader.key(cell, scratch);
}

/** @internal */
export function pickValue<K, V>(reader: RecordReader<K, V>, tree: Tree, cell: Cell, scratch: KeyBuffer): V {
  return reader.value(tree, cell, scratch);
}

function pickEntry<K, V>(reader: RecordReader<K, V>, tree: Tree, cell: Cell, scratch: KeyBuffer): [K, V] {
  return [reader.key(cell, scratch), reader.value(tree, cell, scratch)];
}
