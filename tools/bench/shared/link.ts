/** A way to send messages to the partner and to get its answers, as the contests see it. */

export interface Link {
  /** Sends a message. The sender may use the bytes again when it has resolved. */
  send(message: Uint8Array): Promise<unknown> | undefined;
  /** Has every message handled, in order. The bytes are the handler's until it returns. */
  listen(handler: (message: Uint8Array) => Promise<unknown> | undefined): void;
  close(): void;
}

/** The first byte of a message says what the partner does with it. */
export const ECHO = 1;
export const COUNT = 2;
/** Counts it, and sends back what was counted since the last report. */
export const REPORT = 3;

/** What a report says of `count` messages of a length, each with the same second byte. */
export function reportOf(count: number, lengthBytes: number, second: number): number {
  return count * (lengthBytes + second);
}

/** The partner's part: echoes, or counts and reports. */
export function answer(link: Link): void {
  let counted = 0;
  const report = new Float64Array(1);
  link.listen((message) => {
    if (message[0] === ECHO) return link.send(message);
    counted += message.length + message[1]!;
    if (message[0] !== REPORT) return undefined;
    report[0] = counted;
    counted = 0;
    return link.send(new Uint8Array(report.buffer));
  });
}
