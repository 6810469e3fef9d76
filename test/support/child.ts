/**
 * Processes that tests talk to: the compiled files of test/processes, over Node's own IPC channel.
 *
 * A process answers each request with a value or with the error that it caught. `kill` is SIGKILL (TerminateProcess
 * on Windows): nothing runs in the process any more, and what it stored in a mapping stays in the page cache.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Answer, CaughtError } from './answers.js';

/** The error that a process caught and sent back, with the numbers that it carried. */
export class RemoteError extends Error {
  constructor(readonly caught: CaughtError) {
    super(`in the other process: ${caught.message}`);
    Object.assign(this, caught, { message: this.message });
  }
}

/** The compiled file of a process of test/processes. */
export function processPath(name: string): string {
  const path = fileURLToPath(new URL(`../../dist/test/processes/${name}.js`, import.meta.url));
  if (!existsSync(path)) throw new Error(`${path} is missing: compile first (npx tsc)`);
  return path;
}

export interface ChildOptions {
  /** What is started in place of Node.js, and runs the rest of its arguments. */
  execPath?: string;
  execArgv?: string[];
  env?: NodeJS.ProcessEnv;
}

/** A running process of test/processes. Requests are of type `Request`. */
export class Child<Request> {
  readonly #process: ChildProcess;
  readonly #exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #output = '';
  #next = 0;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  private constructor(name: string, args: string[], options: ChildOptions) {
    this.#process = fork(processPath(name), args, {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execPath: options.execPath ?? process.execPath,
      execArgv: options.execArgv ?? [],
      env: { ...process.env, ...options.env },
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (text) => {
        this.#output += text;
      });
    }
    this.#process.on('message', (answer: Answer) => this.#answered(answer));
    this.#exit = new Promise((resolve, reject) => {
      this.#process.on('error', reject);
      this.#process.on('exit', (code, signal) => {
        const error = new Error(`${name} ended (${signal ?? code}) before it answered\n${this.#output}`);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
        this.#waiting.clear();
        resolve({ code, signal });
      });
    });
  }

  /** Starts a process that is killed when the test ends, unless it ended before. */
  static start<Request>(name: string, args: string[] = [], options: ChildOptions = {}): Child<Request> {
    const child = new Child<Request>(name, args, options);
    onTestFinished(async () => {
      await child.kill();
    });
    return child;
  }

  /** Sends a request and waits for its answer. @throws RemoteError */
  ask<T>(request: Request): Promise<T> {
    const id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        reject(new Error(`the process has ended\n${this.#output}`));
        return;
      }
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send({ id, request }, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** Sends a signal, unless the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.#process.exitCode === null && this.#process.signalCode === null) this.#process.kill(signal);
  }

  /** Kills the process at once and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#exit;
  }

  /** Lets the process end by itself: the channel is closed, and it has nothing more to wait for. */
  async end(): Promise<number | null> {
    if (this.#process.connected) this.#process.disconnect();
    return (await this.#exit).code;
  }

  /** The code that the process ends with, when it does; null after a signal. */
  get exitCode(): Promise<number | null> {
    return this.#exit.then(({ code }) => code);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error) waiting?.reject(new RemoteError(answer.error));
    else waiting?.resolve(answer.value);
  }
}
