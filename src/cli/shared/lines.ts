/** Bytes cut into lines, which need not be text. */

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * The lines of a stream, without their ends: LF or CRLF. What follows the last end is a line unless it is empty.
 * @param most the longest line, in bytes; `tooLong` makes the error of a longer one
 */
export async function* linesOf(
  pieces: AsyncIterable<Buffer>,
  most: number,
  tooLong: () => Error,
): AsyncGenerator<Buffer[], void, undefined> {
  // Pieces of a line that has not ended, which are joined once: a long line must not cost the square of its length.
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const piece of pieces) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = piece.indexOf(NEWLINE); at >= 0; at = piece.indexOf(NEWLINE, from)) {
      lines.push(withoutReturn(Buffer.concat([...begun, piece.subarray(from, at)])));
      begun = [];
      begunBytes = 0;
      from = at + 1;
    }
    if (from < piece.length) begun.push(piece.subarray(from));
    begunBytes += piece.length - from;
    if (lines.length > 0) yield lines;
    // One more for a CR, which may still turn out to belong to the line's end.
    if (begunBytes > most + 1) throw tooLong();
  }
  if (begunBytes > 0) yield [Buffer.concat(begun)];
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}
