/**
 * Arguments that yargs would take for something else than the text they are: behind `--` those that begin with a dash, and
 * 'help'; anywhere a lone dash. A NUL before them, which no argument can hold, brings them through its parser.
 */

const MASK = '\0';

/** The arguments as yargs is to see them. */
export function masked(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  const before = end < 0 ? args : args.slice(0, end);
  const behind = end < 0 ? [] : args.slice(end + 1);
  return [
    ...before.map((arg) => (arg === '-' ? MASK + arg : arg)),
    ...behind.map((arg) => (arg.startsWith('-') || arg === 'help' ? MASK + arg : arg)),
  ];
}

/** A value, or a list of them, as it was typed. */
export function unmasked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmasked);
  return typeof value === 'string' && value.startsWith(MASK) ? value.slice(MASK.length) : value;
}

/** A message that may quote such arguments, as they were typed. */
export function unmaskedMessage(message: string): string {
  return message.replaceAll(MASK, '');
}
