/**
 * How the main job and its steps talk. Each step is a process of its own: what one leaves for the next is in the file,
 * and nowhere else. A step reports progress and its outcome over Node's IPC channel.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a step found. A step that fails throws instead. */
export interface Outcome {
  /** One line for the table at the end. */
  readonly summary: string;
  /** What else to show. */
  readonly details?: readonly string[];
  /** What a later step has to know. */
  readonly value?: string;
}

export type StepMessage =
  | { readonly type: 'progress'; readonly done: number; readonly total: number; readonly noun: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome }
  | { readonly type: 'failure'; readonly message: string };

/** A check that did not hold. */
export class CheckFailed extends Error {
  override readonly name = 'CheckFailed';
}

export function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new CheckFailed(message);
}

/** Starts a program of this folder as a process of its own. */
export function start(
  program: string,
  args: readonly string[],
  stdout: 'inherit' | 'pipe' = 'inherit',
): ChildProcess {
  const path = fileURLToPath(new URL(`steps/${program}.js`, import.meta.url));
  return fork(path, [...args], { stdio: ['ignore', stdout, 'inherit', 'ipc'], execArgv: [] });
}

/** Runs a step to its end. */
export async function runStep(
  program: string,
  args: readonly string[],
  progress: (done: number, total: number, noun: string) => void = () => {},
): Promise<Outcome> {
  const child = start(program, args);
  let outcome: Outcome | undefined;
  let failure: string | undefined;
  child.on('message', (message: StepMessage) => {
    if (message.type === 'progress') progress(message.done, message.total, message.noun);
    else if (message.type === 'outcome') outcome = message.outcome;
    else failure = message.message;
  });
  // 'close' comes after the last message; 'exit' may come before it.
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (failure !== undefined) throw new CheckFailed(failure);
  if (code !== 0 || outcome === undefined) {
    throw new CheckFailed(`the process of this step ended with ${signal ?? code}, without an outcome`);
  }
  return outcome;
}

/** The other side: what each program of steps/ calls with its work. */
export async function step(work: (...args: string[]) => Outcome | Promise<Outcome>): Promise<void> {
  try {
    const outcome = await work(...process.argv.slice(2));
    send({ type: 'outcome', outcome });
  } catch (error) {
    const { name, message, stack } = error as Error;
    // The stack of a check that did not hold says nothing; that of anything else does.
    send({ type: 'failure', message: name === 'CheckFailed' ? message : (stack ?? message) });
    process.exitCode = 1;
  }
  process.disconnect?.();
}

/** Tells the main job how far a step has come. */
export function report(done: number, total: number, noun: string): void {
  send({ type: 'progress', done, total, noun });
}

function send(message: StepMessage): void {
  process.send?.(message);
}
