/**
 * Runs a contest: every contestant in its own process, all of them prepared before the first round, then round by round
 * in turn, forwards and backwards alternately, so that whatever else the machine does meets all of them alike.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checker } from './checker.js';
import { type Contest, type Suite, takesPart } from './contest.js';
import { Player } from './player.js';
import { type Row, rows } from './rows.js';

const ROUNDS = { quick: 3, full: 15 };
const WARMUPS = { quick: 2, full: 3 };

/** The scratch folder and how much to do. */
export interface Setting {
  readonly folder: string;
  readonly quick: boolean;
  readonly large: boolean;
  readonly peers: readonly string[] | undefined;
  /** Remarks for the person who waits. */
  say(remark: string): void;
}

/** Runs the contests of a suite: those that have a case whose name contains one of the texts of `only`, or without any all. */
export async function runSuite(suite: Suite, setting: Setting, only: readonly string[]): Promise<Row[]> {
  const shared = join(setting.folder, suite.name);
  mkdirSync(shared);
  const results: Row[] = [];
  const { quick, large, peers } = setting;
  const isMeant = (name: string) => only.length === 0 || only.some((text) => name.includes(text));
  const chosen = suite.contests.filter(({ cases }) => cases.some(({ name }) => isMeant(name)));
  for (const contest of chosen) {
    setting.say(`${suite.name}: ${contest.cases[0]!.name} …`);
    await contest.setup?.({ shared, own: shared, quick, large, peers });
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
    const { quick, large, peers } = setting;
    for (const contestant of Object.keys(contest.contestants).filter((name) => takesPart(setting, name))) {
      rates.set(contestant, []);
      const place = { shared, own: join(own, contestant.replaceAll(/\W/g, '_')), quick, large, peers };
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
    const { warmups, counted } = roundsOf(contest, setting);
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

/** How many rounds are played, and how many before these. */
function roundsOf(contest: Contest, { quick, large }: Setting): { warmups: number; counted: number } {
  if (large && contest.rounds?.large !== undefined) return { warmups: 0, counted: contest.rounds.large };
  const length = quick ? 'quick' : 'full';
  return { warmups: contest.warmups ?? WARMUPS[length], counted: (contest.rounds ?? ROUNDS)[length] };
}
