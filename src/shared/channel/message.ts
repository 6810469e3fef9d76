/** What a consumer receives. */

const NO_BYTES = Buffer.alloc(0);

export class Message {
  #bytes: Buffer;
  /** Counts the messages of the channel from 0, without gaps. */
  readonly sequence: number;
  /** The number of the producer that sent it: no two that ever join the channel have the same. */
  readonly producer: number;
  /** A consumer had it before, and left without having removed it. */
  readonly redelivered: boolean;

  constructor(bytes: Buffer, sequence: number, producer: number, redelivered: boolean) {
    this.#bytes = bytes;
    this.sequence = sequence;
    this.producer = producer;
    this.redelivered = redelivered;
  }

  /** The bytes. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** The message has no bytes any more. */
  protected forgetBytes(): void {
    this.#bytes = NO_BYTES;
  }

  /** The bytes as text, UTF-8. */
  toString(): string {
    return this.bytes.toString();
  }
}

/**
 * A message that stays in the ring until it is done. Its bytes are those in the ring itself (a copy where they wrap around
 * its end): afterwards `bytes` has length 0, and a Buffer that was taken from it before shows whatever is written there.
 */
export class TakenMessage extends Message implements Disposable {
  #finish: ((removed: boolean) => void) | undefined;

  /** @internal Made by Consumer.take only. */
  constructor(
    bytes: Buffer,
    sequence: number,
    producer: number,
    redelivered: boolean,
    finish: (removed: boolean) => void,
  ) {
    super(bytes, sequence, producer, redelivered);
    this.#finish = finish;
  }

  /** Removes it from the channel. Harmless when repeated, and after the consumer was closed, which put it back. */
  done(): void {
    this.#end(true);
  }

  /** Leaves it to the next consumer that receives, marked as redelivered. */
  putBack(): void {
    this.#end(false);
  }

  /** `using message = …`: done at the end of the block. */
  [Symbol.dispose](): void {
    this.#end(true);
  }

  #end(removed: boolean): void {
    const finish = this.#finish;
    this.#finish = undefined;
    this.forgetBytes();
    finish?.(removed);
  }
}
