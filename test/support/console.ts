/** The console of a process under test: a line at a time. */
import { createInterface } from 'node:readline';

let lines: AsyncIterator<string> | undefined;

/** The next line of standard input; undefined at its end. */
export async function nextLine(): Promise<string | undefined> {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const { value, done } = await lines.next();
  return done ? undefined : value;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
