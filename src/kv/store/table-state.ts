/** A table as the store knows it, whether it is in the file yet or not: it is put there by the first change of it. */
import { nameKey } from '../directory.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { TreeWriter } from '../tree-writer.js';
import type { TableFormat } from './table-format.js';

export class TableState {
  readonly key: KeyBuffer;
  readonly nameBytes: Buffer;
  /** Made when the table is first changed, and kept. */
  writer: TreeWriter | undefined;
  /** The transaction that last had to do with it. */
  transaction = 0;

  constructor(
    /** Counts the tables that were asked for. */
    readonly number: number,
    /** '' for the store's own. */
    readonly name: string,
    readonly format: TableFormat,
    /** The version given last. */
    public lastVersion: number,
  ) {
    this.key = nameKey(name);
    this.nameBytes = Buffer.from(name);
  }
}
