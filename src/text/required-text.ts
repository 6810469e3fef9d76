/**
 * A text that every match of a regular expression contains, where one is easily seen. Blocks of a file without it need not
 * be decoded.
 *
 * Only what stands outside of groups, classes and alternatives counts, and is not repeated: whatever is not understood
 * gives up. So the answer is right or missing.
 */

/** @returns undefined where none is seen */
export function requiredText(expression: RegExp): string | undefined {
  const { source, flags } = expression;
  if (/[iv]/.test(flags) || /[|()]/.test(source)) return undefined;
  let best = '';
  let run = '';
  const end = () => {
    if (run.length > best.length) best = run;
    run = '';
  };
  for (let at = 0; at < source.length; at++) {
    const character = source[at]!;
    const next = source[at + 1];
    if (character === '\\') {
      // Of the escapes of two characters only those of punctuation stand for themselves.
      if (next === undefined || !/[dDwWsSbB^$.*+?[\]{}/\\-]/.test(next)) return undefined;
      if (/\w/.test(next) || isRepeated(source, at + 2)) end();
      else run += next;
      at++;
    } else if (character === '[') {
      end();
      at = classEnd(source, at);
    } else if (character === '{') {
      end();
      const close = source.indexOf('}', at);
      if (close < 0) return undefined;
      at = close;
    } else if (/[\^$.*+?]/.test(character)) end();
    else if (isRepeated(source, at + 1)) end();
    else run += character;
  }
  end();
  // Beyond the basic plane a character is two units, of which a repetition may concern both.
  return best.length > 0 && !/[\ud800-\udfff]/.test(source) ? best : undefined;
}

/** True where what ends here may be left out. */
function isRepeated(source: string, at: number): boolean {
  return at < source.length && /[?*{]/.test(source[at]!);
}

/** The place of the bracket that ends a class. */
function classEnd(source: string, start: number): number {
  for (let at = start + 1; at < source.length; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === ']') return at;
  }
  return source.length;
}
