/** A program of test/processes with a console: a test types lines, and reads what the program says, line by line. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { processPath } from './child.js';
import { inTime } from './eventually.js';

export class Program {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #said: string[] = [];
  readonly #exit: Promise<number | null>;
  #wake: () => void = () => {};
  #errors = '';

  private constructor(name: string, args: string[]) {
    this.#process = spawn(process.execPath, [processPath(name), ...args]);
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.#said.push(line);
      this.#wake();
    });
    this.#process.stderr.on('data', (text) => {
      this.#errors += text;
    });
    // What it no longer reads because it died is of no interest.
    this.#process.stdin.on('error', () => {});
    this.#exit = new Promise((resolve) => {
      this.#process.on('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  /** Starts a program that is killed when the test ends, unless it ended before. */
  static start(name: string, ...args: string[]): Program {
    const program = new Program(name, args);
    onTestFinished(() => program.kill());
    return program;
  }

  /** Types a line. */
  type(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Types a line, and reads the answer. */
  ask(line: string): Promise<string> {
    this.type(line);
    return this.line();
  }

  /** The next line that it says. @throws where it ends instead */
  async line(): Promise<string> {
    const end = this.#exit.then((code) => ({ code }));
    while (this.#said.length === 0) {
      const woken = new Promise<undefined>((resolve) => {
        this.#wake = () => resolve(undefined);
      });
      const ended = await inTime('a line of the program', Promise.race([woken, end]));
      if (ended && this.#said.length === 0) {
        throw new Error(`the program ended (${ended.code}) and said nothing\n${this.#errors}`);
      }
    }
    return this.#said.shift()!;
  }

  /** Ends its input, and waits for its end. @returns what else it said */
  async end(): Promise<string[]> {
    this.#process.stdin.end();
    const code = await this.#exit;
    if (code !== 0 && code !== 1) throw new Error(`the program ended with ${code}\n${this.#errors}`);
    return this.#said.splice(0);
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exit;
  }

  /** Waits for its end, whatever brings it about. */
  async ended(): Promise<number | null> {
    return this.#exit;
  }
}
