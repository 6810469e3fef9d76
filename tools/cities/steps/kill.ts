/**
 * Step 5: a process that appends with a flush after each record is killed at a random moment. Afterwards every record
 * that it acknowledged is there and equal, and beyond them at most the one that was in flight.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { RecordFile } from '../../../src/index.js';
import { foundedCity } from '../founded.js';
import { check, report, start, step } from '../protocol.js';
import { seededRandom } from '../random.js';
import { CitySchema } from '../schema.js';

await step(async (path, seed) => {
  const before = openedCount(path!);
  const random = seededRandom(Number(seed));
  const killAfter = 20 + Math.floor(random() * 280);
  const delayMs = random() * 4;
  const { acknowledged, signal } = await appendUntilKilled(path!, before, killAfter, delayMs);
  check(signal, 'the appending process ended by itself before it was killed');

  const file = RecordFile.open(path!, CitySchema);
  const beyond = file.count - before - acknowledged;
  check(beyond >= 0, `${-beyond} acknowledged records are missing`);
  check(beyond <= 1, `${beyond} records are there that nobody acknowledged; one may be in flight`);
  for (let at = 0; at < acknowledged + beyond; at++) {
    const expected = foundedCity(file, before, at);
    const found = file.get(before + at);
    check(
      isDeepStrictEqual(found, expected),
      `record ${at} differs from what was appended: ${JSON.stringify(found)}`,
    );
  }
  file.closeSync();
  return {
    summary: `${acknowledged} acknowledged, all there and equal; ${beyond} in flight arrived`,
    details: [`killed ${delayMs.toFixed(2)} ms after acknowledgement ${killAfter} (seed ${seed})`],
  };
});

function openedCount(path: string): number {
  const file = RecordFile.open(path, CitySchema);
  const { count } = file;
  file.closeSync();
  return count;
}

/** Returns how many records were acknowledged before the process was gone. */
async function appendUntilKilled(path: string, before: number, killAfter: number, delayMs: number) {
  const child = start('append', [path, String(before)], 'pipe');
  const closed = once(child, 'close');
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    check(line === String(acknowledged), `acknowledgement '${line}' where ${acknowledged} was due`);
    acknowledged += 1;
    report(Math.min(acknowledged, killAfter), killAfter, 'records acknowledged');
    if (acknowledged === killAfter) void sleep(delayMs).then(() => child.kill('SIGKILL'));
  }
  const [code, signal] = (await closed) as [number | null, NodeJS.Signals | null];
  // Windows has no signals: a process ended by kill() reports SIGKILL to its parent all the same.
  return { acknowledged, signal: signal === 'SIGKILL' || (process.platform === 'win32' && code !== 0) };
}
