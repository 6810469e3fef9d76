/** Single lines, by where they are. */
import { BackwardReader } from './backward-reader.js';
import { formerOf, type Text } from './line-forms.js';
import { isLongLine, LineReader, NOT_YET } from './line-reader.js';

/** Where the line that holds the byte at an offset begins. */
export function lineStart({ pages, encoding }: Text, offset: number): number {
  const reader = new BackwardReader(pages, encoding, offset);
  if (reader.isBehindEnd) return offset;
  for (;;) {
    const lines = reader.next();
    if (lines === undefined) return encoding.markBytes;
    if (lines !== NOT_YET) return isLongLine(lines) ? lines.start : lines.offset + lines.first;
  }
}

/** The line that begins at an offset; undefined at the file's end. */
export function lineAt(text: Text, start: number): string | undefined {
  const reader = new LineReader(text.pages, text.encoding, start, { one: true });
  for (;;) {
    const lines = reader.next();
    if (lines === undefined) return undefined;
    if (lines !== NOT_YET)
      return formerOf(
        text,
        'string',
      )(isLongLine(lines) ? lines : { ...lines, ends: lines.ends.subarray(0, 1) })[0];
  }
}
