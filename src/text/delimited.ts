/**
 * Columns of CSV (RFC 4180) and TSV, found as bytes: only the fields that are wanted become strings.
 *
 * A quote counts only at the start of a field; inside of quotes, two stand for one, and separators and line ends are text.
 */
const QUOTE = 0x22;

/** Where a scan stands within a record. */
export const Within = {
  FieldStart: 0,
  Plain: 1,
  Quotes: 2,
  /** Behind a quote within quotes: the closing one, or the first of two. */
  QuoteInQuotes: 3,
} as const;
export type Within = (typeof Within)[keyof typeof Within];

/** Goes on with a scan over the bytes of a line: whether the record ends with it. */
export function scanQuotes(bytes: Buffer, separator: number, from: Within): Within {
  if (from !== Within.Quotes && !bytes.includes(QUOTE)) return Within.Plain;
  let state: Within = from;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (state === Within.Quotes) {
      if (byte === QUOTE) state = Within.QuoteInQuotes;
    } else if (byte === separator) state = Within.FieldStart;
    else if (byte === QUOTE && (state === Within.FieldStart || state === Within.QuoteInQuotes))
      state = Within.Quotes;
    else state = Within.Plain;
  }
  return state;
}

/**
 * The fields of a record that are wanted; undefined for those that it has not.
 * @param wanted by the number of a field, its place in the result, or -1
 */
export function pickFields(
  record: Buffer,
  separator: number,
  quoted: boolean,
  wanted: Int32Array,
  width: number,
  decode: (bytes: Buffer) => string,
): (string | undefined)[] {
  const row = new Array<string | undefined>(width).fill(undefined);
  let start = 0;
  for (let field = 0; field < wanted.length; field++) {
    const isQuoted = quoted && record[start] === QUOTE;
    let end = isQuoted ? behindQuotes(record, start) : start;
    while (end < record.length && record[end] !== separator) end++;
    const place = wanted[field]!;
    if (place >= 0) row[place] = fieldText(record, start, end, isQuoted, decode);
    if (end >= record.length) break;
    start = end + 1;
  }
  return row;
}

/** Every field of a record. */
export function allFields(
  record: Buffer,
  separator: number,
  quoted: boolean,
  decode: (bytes: Buffer) => string,
): string[] {
  const fields: string[] = [];
  for (let start = 0; ; ) {
    const isQuoted = quoted && record[start] === QUOTE;
    let end = isQuoted ? behindQuotes(record, start) : start;
    while (end < record.length && record[end] !== separator) end++;
    fields.push(fieldText(record, start, end, isQuoted, decode));
    if (end >= record.length) return fields;
    start = end + 1;
  }
}

/** Behind the quote that closes the one at `start`. */
function behindQuotes(record: Buffer, start: number): number {
  for (let at = start + 1; ; at += 2) {
    at = record.indexOf(QUOTE, at);
    if (at < 0) return record.length;
    if (record[at + 1] !== QUOTE) return at + 1;
  }
}

function fieldText(
  record: Buffer,
  start: number,
  end: number,
  isQuoted: boolean,
  decode: (bytes: Buffer) => string,
): string {
  if (!isQuoted) return decode(record.subarray(start, end));
  const close = behindQuotes(record, start);
  const inside = decode(record.subarray(start + 1, record[close - 1] === QUOTE ? close - 1 : close));
  // What follows the closing quote is no CSV, but it is kept.
  return inside.replaceAll('""', '"') + decode(record.subarray(close, end));
}
