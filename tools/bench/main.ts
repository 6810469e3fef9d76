/** `npm run bench`: measures perdure side by side with its peers, and prints a table or JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Arguments, parseArguments, usage } from './arguments.js';
import { chart } from './chart.js';
import type { Suite } from './contest.js';
import { describeMachine } from './machine.js';
import { packageRoot } from './package-root.js';
import { installPeers } from './peers.js';
import type { Row } from './rows.js';
import { runSuite, type Setting } from './run.js';
import { scratchFolder } from './scratch.js';
import { loadSuite, SUITES } from './suites.js';
import { table } from './table.js';

async function main(args: Arguments): Promise<void> {
  installPeers();
  const folder = scratchFolder();
  const machine = describeMachine(folder);
  const setting: Setting = {
    folder,
    quick: args.quick,
    large: args.large,
    peers: args.peers,
    say: (remark) => process.stderr.write(`${remark}\n`),
  };
  await checkPeers(args);
  const all: Row[] = [];
  if (!args.json) console.log(`${machine}\n`);
  for (const name of args.suites) {
    const suite = await loadSuite(name);
    const rows = await runSuite(suite, setting, args.only);
    all.push(...rows);
    if (args.json || rows.length === 0) continue;
    console.log(`${name}\n\n${table(rows)}\n\n${methods(suite, rows)}\n`);
    if (args.svg === undefined)
      draw(join(packageRoot(), 'dist', 'bench', `${name}.svg`), name, rows, machine);
  }
  if (args.svg !== undefined) draw(resolve(args.svg), args.suites.join(', '), all, machine);
  if (args.json) console.log(JSON.stringify(all, null, 2));
}

/** @throws Error for a name that nobody has in these suites */
async function checkPeers({ suites, peers = [] }: Arguments): Promise<void> {
  const loaded = await Promise.all(suites.map(loadSuite));
  const known = new Set(
    loaded.flatMap(({ contests }) => contests.flatMap(({ contestants }) => Object.keys(contestants))),
  );
  const unknown = peers.find((name) => !known.has(name));
  if (unknown !== undefined) throw new Error(`no peer '${unknown}'; there are ${[...known].join(', ')}`);
}

function draw(path: string, name: string, rows: readonly Row[], machine: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, chart(`perdure / peer: ${name} (right of 1 is faster)`, rows, machine));
  process.stderr.write(`chart: ${relative(process.cwd(), path)}\n`);
}

/** What was measured how, for the cases of the table. */
function methods(suite: Suite, rows: readonly Row[]): string {
  const shown = new Set(rows.map((row) => row.case));
  const cases = new Map<string, string[]>();
  for (const contest of suite.contests) {
    const names = contest.cases.map(({ name }) => name).filter((name) => shown.has(name));
    if (names.length > 0) cases.set(contest.method, [...(cases.get(contest.method) ?? []), ...names]);
  }
  return [...cases].map(([method, names]) => `${names.join('; ')}:\n  ${method}`).join('\n');
}

try {
  const args = parseArguments(process.argv.slice(2), SUITES);
  if (args.help) console.log(usage(SUITES));
  else await main(args);
} catch (error) {
  process.stderr.write(`bench: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
