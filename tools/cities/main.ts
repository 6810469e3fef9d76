/**
 * `npm start`: 135,233 real cities in a record file, and in a key-value store, step by step, each step in a process of its own.
 *
 * Ends with 0 only if every check held.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { styled, table } from '../../src/cli/output.js';
import { Progress } from '../../src/cli/progress.js';
import { type Outcome, runStep } from './protocol.js';

const LISBON = '38.7223,-9.1393';

const options = await yargs(process.argv.slice(2))
  .scriptName('npm start --')
  .usage(
    '$0 [options]\n\nImports 135,233 cities, finds them again, and shows that nothing is lost and nothing leaks.',
  )
  .option('near', {
    type: 'string',
    nargs: 1,
    default: LISBON,
    describe: 'Where to look for the nearest cities: latitude,longitude',
    coerce: coordinates,
  })
  .option('keep', { type: 'string', nargs: 1, describe: 'Work in this folder, and leave the files there' })
  .option('seed', {
    type: 'number',
    nargs: 1,
    default: randomInt(2 ** 31),
    defaultDescription: 'random',
    describe: 'Chooses the moment of the kill',
  })
  .example('$0 --near 35.68,139.69', 'the cities around Tokyo')
  .strict()
  .locale('en')
  .version(false)
  .parseAsync();

function coordinates(text: string): [string, string] {
  const match = /^\s*([+-]?\d+(?:\.\d+)?)\s*,\s*([+-]?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (match === null || Math.abs(Number(match[1])) > 90 || Math.abs(Number(match[2])) > 180) {
    throw new Error(`--near needs latitude,longitude in degrees, as in ${LISBON}, not '${text}'`);
  }
  return [match[1]!, match[2]!];
}

if (options.keep !== undefined) mkdirSync(options.keep, { recursive: true });
const folder = options.keep ?? mkdtempSync(join(tmpdir(), 'perdure-cities-'));
const path = join(folder, 'cities.rec');
const storePath = join(folder, 'cities.store');
// Files that an earlier run kept.
for (const old of [path, storePath]) rmSync(old, { force: true });
console.log(`the files: ${path}, ${storePath}\n`);

const results: { what: string; outcome: Outcome; seconds: number }[] = [];

async function run(what: string, program: string, file: string, ...args: string[]): Promise<Outcome> {
  const number = results.length + 1;
  const started = performance.now();
  using progress = new Progress(`${number}. ${what}`);
  const outcome = await runStep(program, [file, ...args], (done, total, noun) =>
    progress.update(done / total, done, noun),
  );
  progress[Symbol.dispose]();
  const seconds = (performance.now() - started) / 1000;
  results.push({ what, outcome, seconds });
  console.log(styled('bold', `${number}. ${what}`));
  for (const line of outcome.details ?? []) console.log(`   ${line}`);
  return outcome;
}

try {
  const { value: checksum } = await run('import every city, flush, exit', 'import', path);
  await run('open again and search', 'query', path, ...options.near);
  await run('zero every population, copy-on-write', 'scribble', path);
  await run('compare with what step 1 left', 'compare', path, checksum!);
  await run('append and flush, one by one, until killed', 'kill', path, String(options.seed));
  await run('put every city into a key-value store', 'fill', storePath);
  await run('look some up by the beginning of their names', 'look-up', storePath);
  const columns = [
    { title: '' },
    { title: 'step' },
    { title: 'what happened' },
    { title: 'seconds', right: true },
  ];
  const rows = results.map(({ what, outcome, seconds }, at) => [
    `${at + 1}`,
    what,
    outcome.summary,
    seconds.toFixed(2),
  ]);
  console.log(`\n${table(columns, rows)}\n`);
  console.log(styled('green', 'every check held'));
  if (options.keep) console.log(`the files are kept: ${storePath}, ${path}`);
} catch (error) {
  console.error(`step ${results.length + 1} failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  if (options.keep === undefined) rmSync(folder, { recursive: true, force: true });
}
