/** One round: a writer is started, ended at a random moment, and what it has left is looked at. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Listener } from './said.js';
import type { Ending, Finding, Subject } from './subject.js';

export interface Ended {
  readonly finding: Finding;
  /** Commits that the writer had acknowledged. */
  readonly acknowledged: number;
}

/** How long a writer may take until its moment has come. Of a slow and busy machine. */
const PATIENCE_MS = 60_000;

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The compiled program, also where this runs from its source. */
function compiled(writer: string): string {
  const beside = fileURLToPath(new URL(`${writer}.js`, import.meta.url));
  return existsSync(beside)
    ? beside
    : fileURLToPath(new URL(`../../dist/tools/crash/${writer}.js`, import.meta.url));
}

/** When a writer ends: in one of six rounds while it opens or creates the file, else when it has acknowledged some commits. */
function drawMoment(next: (limit: number) => number) {
  const isEarly = next(6) === 0;
  const commits = next(60);
  const hasCome = ({ isReady, acknowledged }: Listener) => (isEarly ? isReady : acknowledged > commits);
  return { hasCome, delayMs: next(isEarly ? 8 : 15) };
}

/**
 * Runs a round.
 * @param cutPower cuts the power; what it returns brings it back when the writer is gone
 * @throws Error that says what was wrong
 */
export async function runRound(
  subject: Subject,
  round: number,
  next: (limit: number) => number,
  cutPower?: () => () => void,
): Promise<Ended> {
  const ending: Ending = cutPower ? 'cut' : 'kill';
  const task = subject.begin(round);
  const said = new Listener(task.first);
  const moment = drawMoment(next);
  const child = spawn(process.execPath, [compiled(subject.writer), JSON.stringify(task)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let restorePower = () => {};
  let hasEnded = false;
  let problems = '';
  const end = () => {
    hasEnded = true;
    if (cutPower !== undefined) {
      // Nobody says anything after a power cut; but ext4's fdatasync, when it is shut down midway, may return success.
      child.kill('SIGSTOP');
      restorePower = cutPower();
    }
    child.kill('SIGKILL');
  };
  let timer: NodeJS.Timeout | undefined;
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    problems += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.hear(text);
    if (moment.hasCome(said)) timer ??= setTimeout(end, moment.delayMs);
  });
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(patience);
  clearTimeout(timer);
  running.delete(child);
  restorePower();
  if (!hasEnded) throw new Error(`the writer ended by itself, or did nothing for a minute: ${problems}`);
  return { finding: subject.check(said, ending), acknowledged: said.acknowledged };
}
