/** A contestant in a process of its own, as the runner sees it: told to play one round at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Place, Reading } from './contest.js';

/** Which contestant a process is: its only argument, as JSON. */
export interface Role {
  readonly suite: string;
  /** The contest's place in its suite. */
  readonly contest: number;
  readonly contestant: string;
  readonly place: Place;
}

/** What the process says: once when it is ready or cannot be, then after each round. */
export type Answer =
  | { readonly ready: true }
  | { readonly unavailable: string }
  | { readonly reading: Reading }
  | { readonly failure: string };

export class Player {
  readonly #process: ChildProcess;

  constructor(role: Role) {
    const script = fileURLToPath(new URL('./contestant.js', import.meta.url));
    this.#process = fork(script, [JSON.stringify(role)], { stdio: ['ignore', 2, 2, 'ipc'] });
  }

  /** Undefined when it is ready, else why it cannot take part. */
  async ready(): Promise<string | undefined> {
    const answer = await this.#answer();
    return 'unavailable' in answer ? answer.unavailable : undefined;
  }

  async round(): Promise<Reading> {
    const answer = this.#answer();
    this.#process.send('round');
    const { reading } = (await answer) as { reading: Reading };
    return reading;
  }

  /** Ends the process, and waits until it is gone. */
  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.connected) this.#process.disconnect();
    await gone;
  }

  #answer(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null, signal: string | null) =>
        reject(new Error(`the process ended with ${signal ?? code}`));
      this.#process.once('exit', ended);
      this.#process.once('message', (answer: Answer) => {
        this.#process.off('exit', ended);
        if ('failure' in answer) reject(new Error(answer.failure));
        else resolve(answer);
      });
    });
  }
}
