/** Waiting for whatever ends a command that would go on for ever: a key, the end of its input, a signal, a time. */
import { LONGEST_TIMER_MS } from '../../os/interruption.js';
import { UsageError } from '../errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `end` when the process is asked to end. Returns what takes that back. */
export function onSignal(end: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, end);
  return () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
}

/** Calls `end` at the next key (on a terminal), line or end of standard input. Returns what takes that back. */
export function onInput(end: () => void): () => void {
  const { stdin } = process;
  const raw = stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  stdin.once('data', end);
  stdin.once('end', end);
  stdin.resume();
  return () => {
    stdin.off('data', end);
    stdin.off('end', end);
    if (raw) stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Seconds as they are typed, as milliseconds; `forever` is Infinity. */
export function seconds(name: string): (value: string | undefined) => number | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    if (value === 'forever') return Number.POSITIVE_INFINITY;
    const milliseconds = Math.round(Number(value) * 1000);
    if (!/^\d+(\.\d+)?$/.test(value) || milliseconds > LONGEST_TIMER_MS) {
      throw new UsageError(`${name} takes seconds, such as 30 or 0.5, or 'forever', not '${value}'`);
    }
    return milliseconds;
  };
}
