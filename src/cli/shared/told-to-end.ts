/** Waiting for whatever ends a command that would go on for ever: a key, the end of its input, a signal, a time. */
import { LONGEST_TIMER_MS } from '../../os/interruption.js';
import { UsageError } from '../errors.js';

/** What a timer of Node.js takes: 24 days. */
const LONGEST_SECONDS = Math.floor(LONGEST_TIMER_MS / 1000);

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `end` when the process is asked to end. Returns what takes that back. */
export function onSignal(end: (signal: NodeJS.Signals) => void): () => void {
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

/**
 * Seconds as they are typed, as milliseconds.
 * @param from the least: any, also none; or more than none
 * @param forever whether that word is taken, for Infinity
 */
export function seconds(
  name: string,
  { from, forever }: { from: 'zero' | 'above zero'; forever: boolean },
): (value: string | undefined) => number | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    if (value === 'forever' && forever) return Number.POSITIVE_INFINITY;
    const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (number <= LONGEST_SECONDS && (number > 0 || (number === 0 && from === 'zero'))) {
      return number === 0 ? 0 : Math.max(1, Math.round(number * 1000));
    }
    const above = from === 'zero' ? '' : ' above 0';
    const most = number > LONGEST_SECONDS ? `, at most ${LONGEST_SECONDS}` : '';
    throw new UsageError(
      `${name} takes seconds${above}, such as 30 or 0.5${most}${forever ? ", or 'forever'" : ''}, not '${value}'`,
    );
  };
}
