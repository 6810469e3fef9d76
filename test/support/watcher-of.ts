/** The watcher of a process, on Linux: the child that is to sweep when the process was killed. */
import { readdirSync, readFileSync } from 'node:fs';

/** Its process id. @throws where there is none */
export function watcherOf(pid: number): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const parent = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'latin1'))?.[1];
      const command = readFileSync(`/proc/${entry}/cmdline`, 'latin1');
      if (Number(parent) === pid && command.includes('sweep-main')) return Number(entry);
    } catch {
      // It ended meanwhile.
    }
  }
  throw new Error(`process ${pid} has no watcher`);
}
