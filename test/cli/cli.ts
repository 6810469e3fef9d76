/**
 * Running the command line: as a process of its own (`perdure`), or, which takes a tenth of the time, within the test's
 * (`inProcess`). main.test.ts holds that both give the same.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { run } from '../../src/cli/cli.js';

export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: compile first (npx tsc)`);

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `perdure <args>` as a process, with pipes. */
export function perdure(args: readonly string[], input = ''): Result & { signal: NodeJS.Signals | null } {
  const env = { ...process.env, NO_COLOR: '1' };
  const result = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', input, env });
  if (result.error) throw result.error;
  return result;
}

/** Runs the same in this process. Standard input is none. */
export async function inProcess(args: readonly string[]): Promise<Result> {
  const text = { stdout: '', stderr: '' };
  const { log } = console;
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const { write } = process[name];
    process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      text[name] += String(chunk);
      // The callback, where there is one: it was written.
      for (const told of rest) if (typeof told === 'function') process.nextTick(told as () => void);
      return true;
    };
    return () => {
      process[name].write = write;
    };
  });
  // yargs prints help with it, and Vitest has replaced it.
  console.log = (line: string) => {
    text.stdout += `${line}\n`;
  };
  try {
    const status = await run(args);
    return { status, ...text };
  } finally {
    console.log = log;
    for (const undo of restore) undo();
  }
}

/** Runs a command that has to succeed, and returns what it printed. With an input it is a process of its own. */
export async function done(args: readonly string[], input?: string): Promise<string> {
  const { status, stdout, stderr } = input === undefined ? await inProcess(args) : perdure(args, input);
  expect({ status, stderr: status === 0 ? '' : stderr }, args.join(' ')).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** The same for a command that prints a JSON document. */
export async function doneJson<T = unknown>(args: readonly string[]): Promise<T> {
  return JSON.parse(await done([...args, '--json'])) as T;
}

/**
 * Runs a command that has to fail: with one line that ends in the code (or in one of several), and nothing else. Returns
 * that line.
 */
export async function failed(
  args: readonly string[],
  code: string | readonly string[],
  input?: string,
): Promise<string> {
  const { status, stdout, stderr } = input === undefined ? await inProcess(args) : perdure(args, input);
  expect(stdout, args.join(' ')).toBe('');
  expect(stderr).toMatch(/^perdure: [^\n]+ \[[A-Z_]+\]\n$/);
  expect([code].flat()).toContain(/\[([A-Z_]+)\]\n$/.exec(stderr)?.[1]);
  expect(status).toBe(code === 'USAGE' ? 2 : 1);
  return stderr.trim();
}
