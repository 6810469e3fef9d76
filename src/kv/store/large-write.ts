/**
 * Values that come in pieces. Large ones go straight to pages of their own; what is kept beside its key is put together first.
 */
import { integerIn } from '../../os/arguments.js';
import { PerdureError } from '../../os/errors.js';
import { MAX_VALUE_BYTES } from '../format.js';
import type { KeyBuffer } from '../key-buffer.js';
import type { LargeValue } from '../large-value.js';
import type { TreeWriter } from '../tree-writer.js';
import type { StoreCore } from './core.js';
import { type TransactionOptions, transactionDurability } from './options.js';

/** Where the value belongs. */
export interface PieceTarget {
  /** @throws CLOSED; only in a transaction */
  writer(): TreeWriter;
  key(): KeyBuffer;
  /** What comes before the value's own bytes. */
  head(): Uint8Array;
}

/** A value of which pieces are still to come. */
class PendingValue {
  readonly #target: PieceTarget;
  readonly #large: LargeValue | undefined;
  readonly #small: Uint8Array[] = [];
  #remaining: number;

  /** In a transaction. @throws TOO_LARGE, DISK_FULL */
  constructor(target: PieceTarget, lengthBytes: number) {
    this.#target = target;
    const head = target.head();
    this.#remaining = lengthBytes + head.length;
    const writer = target.writer();
    if (!writer.isInline(target.key(), this.#remaining)) this.#large = writer.allocateLarge(this.#remaining);
    this.append(head);
  }

  append(piece: Uint8Array): void {
    if (!(piece instanceof Uint8Array))
      throw new PerdureError('INVALID_VALUE', 'a piece of a value is a Uint8Array');
    this.#remaining -= piece.length;
    if (this.#remaining < 0)
      throw new PerdureError('INVALID_VALUE', 'the pieces have more bytes than was said');
    if (this.#large !== undefined) this.#large.append(piece);
    else this.#small.push(new Uint8Array(piece));
  }

  /** In the transaction again. */
  store(): void {
    if (this.#remaining > 0)
      throw new PerdureError('INVALID_VALUE', `the pieces have ${this.#remaining} bytes less than was said`);
    const writer = this.#target.writer();
    if (this.#large !== undefined) writer.putLarge(this.#target.key(), this.#large);
    else writer.put(this.#target.key(), Buffer.concat(this.#small));
  }

  discard(): void {
    if (this.#large !== undefined) this.#target.writer().discardLarge(this.#large);
  }
}

/** In a transaction. @throws INVALID_VALUE, INVALID_ARGUMENT, TOO_LARGE, DISK_FULL */
export function writePieces(target: PieceTarget, lengthBytes: number, pieces: Iterable<Uint8Array>): void {
  integerIn(lengthBytes, 0, MAX_VALUE_BYTES, 'lengthBytes');
  const value = new PendingValue(target, lengthBytes);
  try {
    for (const piece of pieces) value.append(piece);
    value.store();
  } catch (error) {
    value.discard();
    throw error;
  }
}

/** In a transaction of its own, which is left open while pieces are awaited. Such writes wait for one another. */
export async function writePiecesLater(
  core: StoreCore,
  target: PieceTarget,
  lengthBytes: number,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: TransactionOptions | undefined,
): Promise<void> {
  const durability = transactionDurability(options, core.options.durability);
  integerIn(lengthBytes, 0, MAX_VALUE_BYTES, 'lengthBytes');
  const before = core.lastPieces;
  const write = before.then(() => writeAwaited(core, target, lengthBytes, pieces));
  core.lastPieces = write.catch(() => {});
  await write;
  if (durability === 'deferred') core.flusher.defer();
  else await core.flush();
}

async function writeAwaited(
  core: StoreCore,
  target: PieceTarget,
  lengthBytes: number,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  core.begin();
  try {
    const value = new PendingValue(target, lengthBytes);
    core.transaction.suspend();
    for await (const piece of pieces) {
      core.checkOpen();
      value.append(piece);
    }
    core.checkOpen();
    core.transaction.resume();
    value.store();
    core.commit();
  } catch (error) {
    // A failed commit has ended the transaction, and so has closing the store.
    if (core.transaction.isOpen) core.transaction.abort();
    throw error;
  } finally {
    core.queue.schedule();
  }
}
