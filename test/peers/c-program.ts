/**
 * The C programs of this folder for Windows (win32-*.c), as processes that a test talks to by lines.
 *
 * tools/wine/run.sh compiles each of them twice, for text in single bytes and for wide text, and names their folder in
 * PERDURE_PEERS. Where that is not set, the tests that need them are skipped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { inTime } from '../support/eventually.js';

const FOLDER = process.env.PERDURE_PEERS;
export const HAS_PEERS = process.platform === 'win32' && FOLDER !== undefined;

/** Single bytes, or UTF-16. */
export type Text = 'ansi' | 'wide';
export const TEXTS: readonly Text[] = ['ansi', 'wide'];

/** A text as such a program keeps it in memory, with its NUL. */
export function encoded(text: string, kind: Text): Buffer {
  return Buffer.from(`${text}\0`, kind === 'wide' ? 'utf16le' : 'latin1');
}

/** The text at the start of memory, up to its NUL. */
export function decoded(bytes: Uint8Array, kind: Text): string {
  const text = Buffer.from(bytes).toString(kind === 'wide' ? 'utf16le' : 'latin1');
  return text.slice(0, text.indexOf('\0'));
}

export class CProgram {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #exit: Promise<[number | null, NodeJS.Signals | null]>;

  private constructor(name: string, text: Text, args: readonly string[]) {
    const program = join(FOLDER as string, `win32-${name}-${text}.exe`);
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#exit = once(this.#process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    this.#process.stdin?.on('error', () => {});
    const output = this.#process.stdout as NodeJS.ReadableStream;
    const lines: Interface = createInterface({ input: output, crlfDelay: Number.POSITIVE_INFINITY });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Starts one, which is killed when the test ends, unless it ended before. */
  static start(name: string, text: Text, ...args: string[]): CProgram {
    const program = new CProgram(name, text, args);
    onTestFinished(() => program.kill());
    return program;
  }

  /** Runs one to its end. */
  static async run(name: string, text: Text, ...args: string[]): Promise<{ code: number; lines: string[] }> {
    const program = CProgram.start(name, text, ...args);
    const lines = await program.rest();
    return { code: await program.end(), lines };
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { value, done } = await inTime('a line of a C program', this.#lines.next());
    if (done) throw new Error('the C program printed nothing more');
    return value;
  }

  /** All lines that are still to come. */
  async rest(): Promise<string[]> {
    const lines: string[] = [];
    for (let next = await this.#lines.next(); !next.done; next = await this.#lines.next()) {
      lines.push(next.value);
    }
    return lines;
  }

  send(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  /** Sends a line, and waits for the one that answers it. */
  async ask(line: string): Promise<string> {
    this.send(line);
    return this.line();
  }

  /** Ends its input, and waits for its exit code. */
  async end(): Promise<number> {
    this.#process.stdin?.end();
    const [code] = await inTime('the end of a C program', this.#exit);
    return code as number;
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill('SIGKILL');
    await this.#exit;
  }
}
