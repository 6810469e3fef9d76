/**
 * A process that commits to a store is killed at any moment, again and again: every commit that it reported is there, the one under
 * way is there whole or not at all, and every page is accounted for.
 */
import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { checkStore } from '../../../src/kv/file/accounting.js';
import { FilePager } from '../../../src/kv/file/file-pager.js';
import { processPath } from '../../support/child.js';
import { random, runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { contentsAfter, NUMBER_KEY } from './numbered.js';
import { contentsOf } from './one-table.js';
import { expectContents } from './store-model.js';

const path = tempFiles();

/** Lets the writer report `commits` commits and a little more, kills it, and returns the last number that it reported. */
async function writeAndKill(args: string[], commits: number, delayMs: number): Promise<number> {
  const writer = spawn(process.execPath, [processPath('kv-writer'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let problems = '';
  let isKilled = false;
  writer.stderr.on('data', (text) => {
    problems += text;
  });
  writer.stdout.on('data', (text) => {
    output += text;
    if (isKilled || output.split('\n').length < commits) return;
    isKilled = true;
    setTimeout(() => writer.kill('SIGKILL'), delayMs);
  });
  await new Promise((resolve) => writer.on('close', resolve));
  expect(isKilled, problems).toBe(true);
  // The last line may be torn.
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}

describe.each([
  [{}, 'blocking'],
  [{}, 'together'],
  [{ writeMap: true }, 'blocking'],
  [{ strict: true }, 'together'],
])('a writer with %o that flushes %s', (options, way) => {
  it('may be killed at any moment', async () => {
    const file = path('killed');
    const next = random(SEED);
    const { numRuns } = runs(5);
    for (let round = 0; round < numRuns; round++) {
      const reported = await writeAndKill([file, JSON.stringify(options), way], 2 + next(60), next(15));
      const pager = FilePager.open(file, { readonly: true });
      const contents = contentsOf(pager, pager.newest.tables);
      const number = Number(contents.get(NUMBER_KEY) ?? 0);
      expect(number).toBeGreaterThanOrEqual(reported);
      expectContents(contents, contentsAfter(number));
      checkStore(pager.pages, pager.slot);
      pager.close();
    }
  });
});
