/**
 * `npm run crash`: processes that write to stores and record files are killed, and the power of the disk under them is cut, at
 * random moments; what they leave is opened with the real code and compared with what they had acknowledged.
 *
 * The power is cut for real: ext4 or XFS on a loop device is shut down without its journal being written, then mounted again.
 * Nothing is left behind, whatever ends the run; but where a check fails a copy of the file is kept, and its path printed.
 */
import { randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { Progress } from '../../src/cli/progress.js';
import { type FileSystem, Mount, whyNotMountable } from '../../test/support/mount.js';
import { random } from '../../test/support/seed.js';
import { RecordSubject } from './record-subject.js';
import { runRound } from './round.js';
import { StoreSubject } from './store-subject.js';
import type { Ending, Subject } from './subject.js';
import { Tally } from './tally.js';

/** Rounds that a file goes through before another takes its place: at most. */
const ROUNDS_A_FILE = 12;
const DISK_MIB: Partial<Record<FileSystem, number>> = { ext4: 192, xfs: 320 };

const options = await yargs(process.argv.slice(2))
  .scriptName('npm run crash --')
  .usage(
    '$0 [options]\n\nKills writers and cuts the power of their disk at random moments, and checks what they have acknowledged.',
  )
  .option('cuts', { type: 'number', nargs: 1, default: 200, describe: 'How often to cut the power' })
  .option('kills', { type: 'number', nargs: 1, default: 200, describe: 'How often to kill' })
  .option('seconds', { type: 'number', nargs: 1, describe: 'End after so many seconds at most' })
  .option('file-system', {
    choices: ['ext4', 'xfs'] as const,
    default: 'ext4' as const,
    describe: 'On the loop device',
  })
  .option('seed', {
    type: 'number',
    nargs: 1,
    default: randomInt(2 ** 31),
    defaultDescription: 'random',
    describe: 'Repeats what is written; the moments are never the same',
  })
  .option('can-cut', {
    type: 'boolean',
    describe: 'Only say whether the power can be cut here (exit code 0 or 1)',
  })
  .check(({ cuts, kills, seconds = 1, seed }) => {
    const wrong = Object.entries({ cuts, kills, seed }).find(
      ([, value]) => !(Number.isInteger(value) && value >= 0),
    );
    if (wrong) throw new Error(`--${wrong[0]} needs a whole number`);
    if (!(seconds > 0)) throw new Error('--seconds needs a number');
    return true;
  })
  .strict()
  .locale('en')
  .version(false)
  .parseAsync();

/** Where the files are: a disk whose power can be cut, or a folder. */
interface Ground extends Disposable {
  readonly folder: string;
  readonly cutPower?: () => () => void;
}

function makeGround(): Ground {
  if (options.cuts === 0) {
    const folder = fs.mkdtempSync(join(tmpdir(), 'perdure-crash-'));
    const remove = () => fs.rmSync(folder, { recursive: true, force: true });
    process.once('exit', remove);
    return { folder, [Symbol.dispose]: remove };
  }
  const mount = new Mount(options.fileSystem, DISK_MIB[options.fileSystem]!);
  const cutPower = () => {
    mount.cutPower();
    return () => mount.restorePower();
  };
  return { folder: mount.folder, cutPower, [Symbol.dispose]: () => mount.remove() };
}

function newSubject(folder: string, next: (limit: number) => number, file: number): [what: string, Subject] {
  if (next(4) === 0)
    return ['record files', new RecordSubject(join(folder, `records-${file}`), options.seed)];
  const how = {
    pageBytes: [4096, 4096, 8192, 16_384, 65_536][next(5)]!,
    writeMap: next(2) === 0,
    strict: next(4) === 0,
  };
  return ['stores', new StoreSubject(join(folder, `store-${file}`), options.seed + file, how)];
}

async function run(ground: Ground): Promise<void> {
  const next = random(options.seed);
  const left: Record<Ending, number> = { cut: options.cuts, kill: options.kills };
  const all = left.cut + left.kill;
  const tally = new Tally();
  const until = performance.now() + (options.seconds ?? Number.POSITIVE_INFINITY) * 1000;
  using progress = new Progress('crash');
  let round = 0;
  for (let file = 1; left.cut + left.kill > 0 && performance.now() < until; file++) {
    const [what, subject] = newSubject(ground.folder, next, file);
    for (let rounds = 1 + next(ROUNDS_A_FILE); rounds > 0; rounds--) {
      if (left.cut + left.kill === 0 || performance.now() >= until) break;
      const ending: Ending = next(left.cut + left.kill) < left.cut ? 'cut' : 'kill';
      left[ending]--;
      round++;
      try {
        const cutPower = ending === 'cut' ? ground.cutPower : undefined;
        tally.add(what, ending, await runRound(subject, round, next, cutPower));
      } catch (error) {
        throw new Error(`round ${round}, ${ending}, ${subject.description}: ${explain(error, subject.path)}`);
      }
      progress.update(round / all, round, 'rounds');
    }
    fs.rmSync(subject.path, { force: true });
  }
  progress[Symbol.dispose]();
  console.log(
    `seed ${options.seed}, ${ground.cutPower ? `${options.fileSystem} on a loop device` : ground.folder}\n\n${tally}`,
  );
}

/** What went wrong, and where a copy of the file is. */
function explain(error: unknown, path: string): string {
  const { message } = error as Error;
  try {
    const kept = join(fs.mkdtempSync(join(tmpdir(), 'perdure-crashed-')), 'file');
    fs.copyFileSync(path, kept);
    return `${message}\nthe file is kept: ${kept}`;
  } catch {
    return message;
  }
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  const why = options.cuts > 0 || options.canCut ? whyNotMountable(options.fileSystem) : undefined;
  if (options.canCut) {
    console.log(why === undefined ? 'the power can be cut here' : `the power cannot be cut here: ${why}`);
    process.exitCode = why === undefined ? 0 : 1;
    return;
  }
  if (why !== undefined) throw new Error(`the power cannot be cut here: ${why} (--cuts 0 kills only)`);
  using ground = makeGround();
  await run(ground);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`crash: seed ${options.seed}: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
