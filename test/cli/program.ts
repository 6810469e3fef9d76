/** `perdure` as a process that goes on: it is given input and read from while it runs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { eventually, inTime } from '../support/eventually.js';
import { MAIN } from './cli.js';

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Program {
  readonly process: ChildProcess;
  readonly #ended: Promise<Ended>;
  #stdout: Buffer[] = [];
  #stderr = '';

  private constructor(readonly args: readonly string[]) {
    const env = { ...process.env, NO_COLOR: '1' };
    this.process = spawn(process.execPath, [MAIN, ...args], { stdio: 'pipe', env });
    this.process.stdout!.on('data', (piece: Buffer) => this.#stdout.push(piece));
    this.process.stderr!.on('data', (piece) => {
      this.#stderr += piece;
    });
    // A program that ends before it has read its input breaks the pipe.
    this.process.stdin!.on('error', () => {});
    this.#ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (status, signal) => {
        resolve({ status, signal, stdout: this.stdout, stderr: this.#stderr });
      });
    });
  }

  /** Starts a program that is killed when the test ends, unless it ended before. */
  static start(args: readonly string[]): Program {
    const program = new Program(args);
    onTestFinished(() => program.kill());
    return program;
  }

  /** What it has printed so far. */
  get stdout(): string {
    return this.bytes.toString();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get stderr(): string {
    return this.#stderr;
  }

  get ended(): Promise<Ended> {
    return inTime(`the end of 'perdure ${this.args.join(' ')}'`, this.#ended);
  }

  /** Gives it input. */
  type(text: string | Uint8Array): void {
    this.process.stdin!.write(text);
  }

  endInput(): void {
    this.process.stdin!.end();
  }

  /** Waits until it has printed a text. @throws when it ends before, or never does */
  async printed(text: string): Promise<void> {
    await eventually(`'${text}' is printed by 'perdure ${this.args.join(' ')}'`, () => {
      if (this.stdout.includes(text)) return true;
      if (this.process.exitCode === null && this.process.signalCode === null) return false;
      throw new Error(`it ended before it printed '${text}': ${this.stdout}${this.#stderr}`);
    });
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.#ended;
  }
}
