/**
 * Members of the JSON object in a line, found as bytes: only the values that are wanted are parsed. The rest is stepped
 * over by its brackets and quotes, and not checked.
 */
const [TAB, LF, CR, SPACE] = [0x09, 0x0a, 0x0d, 0x20];
const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The line is no JSON object, as far as it was looked at. */
export class NoJson extends Error {}

/** @returns the values in the order of the keys, undefined for those that are not there; of a key that is twice there, the first */
export function pickMembers(line: Buffer, keys: readonly string[]): unknown[] {
  const row = new Array<unknown>(keys.length).fill(undefined);
  const found = new Array<boolean>(keys.length).fill(false);
  let left = keys.length;
  let at = behindSpace(line, expect(line, behindSpace(line, 0), OPEN_OBJECT));
  if (line[at] === CLOSE_OBJECT) return row;
  while (left > 0) {
    const keyEnd = behindString(line, at);
    const key = stringAt(line, at, keyEnd);
    const start = behindSpace(line, expect(line, behindSpace(line, keyEnd), COLON));
    const end = behindValue(line, start);
    keys.forEach((wanted, index) => {
      if (wanted !== key || found[index]) return;
      row[index] = parse(line, start, end);
      found[index] = true;
      left--;
    });
    at = behindSpace(line, end);
    if (line[at] === CLOSE_OBJECT) break;
    at = behindSpace(line, expect(line, at, COMMA));
  }
  return row;
}

function behindSpace(line: Buffer, from: number): number {
  let at = from;
  for (; ; at++) {
    const byte = line[at];
    if (byte !== SPACE && byte !== TAB && byte !== LF && byte !== CR) return at;
  }
}

function expect(line: Buffer, at: number, byte: number): number {
  if (line[at] === byte) return at + 1;
  throw new NoJson(`'${String.fromCharCode(byte)}' is missing at byte ${at}`);
}

function behindString(line: Buffer, start: number): number {
  for (let at = expect(line, start, QUOTE); at < line.length; at++) {
    if (line[at] === BACKSLASH) at++;
    else if (line[at] === QUOTE) return at + 1;
  }
  throw new NoJson(`the text at byte ${start} has no end`);
}

function stringAt(line: Buffer, start: number, end: number): string {
  const text = line.toString('utf8', start + 1, end - 1);
  return text.includes('\\') ? (parse(line, start, end) as string) : text;
}

function behindValue(line: Buffer, start: number): number {
  if (line[start] === QUOTE) return behindString(line, start);
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    const byte = line[at];
    if (byte === QUOTE) at = behindString(line, at) - 1;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  throw new NoJson(`the value at byte ${start} has no end`);
}

function parse(line: Buffer, start: number, end: number): unknown {
  try {
    return JSON.parse(line.toString('utf8', start, end));
  } catch (error) {
    throw new NoJson(`the value at byte ${start}: ${(error as Error).message}`);
  }
}
