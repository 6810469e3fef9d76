/** The --delimiter option: what separates the cells of a CSV file. */
import { UsageError } from '../errors.js';

/** @throws UsageError for what is not one character */
export function delimiterOf(text: string): string {
  const one = text === '\\t' ? '\t' : text;
  if ([...one].length !== 1 || /["\r\n]/.test(one)) {
    throw new UsageError(`--delimiter must be one character, not '${text}'`);
  }
  return one;
}
