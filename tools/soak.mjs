/**
 * The long run: the property tests of stores and of disks after a power cut, with many times the runs of `npm test`.
 *
 *   npm run soak -- [times [test files ...]]
 *
 * 50 times are 1,000,000 disks after a power cut, and most single bits of a small store (60: every one). The seed is another one each time;
 * PERDURE_SEED repeats one. (Real power cuts: `npm run crash`.)
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [times = '50', ...files] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const seed = process.env.PERDURE_SEED ?? String(Date.now() % 2 ** 31);
process.stderr.write(`PERDURE_SEED=${seed} PERDURE_RUNS=${times}\n`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--testTimeout=0', ...(files.length > 0 ? files : ['test/power', 'test/kv'])],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PERDURE_SEED: seed, PERDURE_RUNS: times } },
);
process.exitCode = status ?? 1;
