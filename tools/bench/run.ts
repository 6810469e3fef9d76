/**
 * Runs a contest: every contestant in its own process, all of them prepared before the first round, then round by round
 * in turn, forwards and backwards alternately, so that whatever else the machine does meets all of them alike.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checker } from './checker.js';
import type { Contest, Suite } from './contest.js';
import { Player } from './player.js';
import { type Row, rows } from './rows.js';

const ROUNDS = { quick: 3, full: 15 };
const WARMUPS = { quick: 2, full: 3 };

/** The scratch folder and how much to do. */
export interface Setting {
  readonly folder: string;
  readonly quick: boolean;
  readonly large: boolean;
  /** Remarks for the person who waits. */
  say(remark: string): void;
}

/** Runs the contests of a suite that have a case whose name contains `only`. */
export async function runSuite(suite: Suite, setting: Setting, only: string): Promise<Row[]> {
  const shared = join(setting.folder, suite.name);
  mkdirSync(shared);
  const results: Row[] = [];
  const { quick, large } = setting;
  const chosen = suite.contests.filter(({ cases }) => cases.some(({ name }) => name.includes(only)));
  for (const contest of chosen) {
    setting.say(`${suite.name}: ${contest.cases[0]!.name} …`);
    await contest.setup?.({ shared, own: shared, quick, large });
    results.push(...(await runContest(suite, contest, shared, setting)));
  }
  rmSync(shared, { recursive: true });
  return results;
}

async function runContest(suite: Suite, contest: Contest, shared: string, setting: Setting): Promise<Row[]> {
  const own = join(setting.folder, 'own');
  const players = new Map<string, Player>();
  const rates = new Map<string, (readonly (number | null)[])[]>();
  const check = checker(contest);
  try {
    for (const contestant of Object.keys(contest.contestants)) {
      rates.set(contestant, []);
      const { quick, large } = setting;
      const place = { shared, own: join(own, contestant.replaceAll(/\W/g, '_')), quick, large };
      mkdirSync(place.own, { recursive: true });
      const role = { suite: suite.name, contest: suite.contests.indexOf(contest), contestant, place };
      const player = new Player(role);
      players.set(contestant, player);
      const reason = await player.ready();
      if (reason === undefined) continue;
      players.delete(contestant);
      await player.close();
      setting.say(`  without ${contestant}: ${reason}`);
    }
    const length = setting.quick ? 'quick' : 'full';
    const warmups = contest.warmups ?? WARMUPS[length];
    const counted = (contest.rounds ?? ROUNDS)[length];
    for (let round = 0; round < warmups + counted; round++) {
      const order = [...players];
      if (round % 2 === 1) order.reverse();
      for (const [contestant, player] of order) {
        const reading = await player.round();
        check(contestant, reading);
        if (round >= warmups) rates.get(contestant)!.push(reading.rates);
        if (round === 0 && reading.reason) setting.say(`  ${contestant}: ${reading.reason}`);
      }
    }
  } finally {
    for (const player of players.values()) await player.close();
    rmSync(own, { recursive: true, force: true });
  }
  return rows(suite.name, contest.cases, rates);
}
