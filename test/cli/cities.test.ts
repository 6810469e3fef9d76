/** The main job, `npm start`, from beginning to end, with all of its checks. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SEED } from '../support/seed.js';
import { tempFolder } from '../support/temp-folder.js';
import { doneJson } from './cli.js';

const MAIN = fileURLToPath(new URL('../../dist/tools/cities/main.js', import.meta.url));

function cities(...args: string[]) {
  return spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

describe('npm start', () => {
  const folder = tempFolder();

  it('imports, searches, scribbles, compares, and survives a kill', async () => {
    const { status, stdout, stderr } = cities(
      '--keep',
      folder,
      '--near=-33.87,151.21',
      '--seed',
      String(SEED),
    );
    expect({ status, stderr }, `seed ${SEED}`).toEqual({ status: 0, stderr: '' });
    for (const part of [
      '135,233 cities',
      'Shanghai',
      'Sydney',
      'sum here 0',
      'as step 1 left',
      'all there and equal',
      'in one transaction',
      'found by the beginning of their names',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout.trim().endsWith(join(folder, 'cities.rec'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['cities.rec', 'cities.store']);
  });

  it('leaves files that the commands read', async () => {
    const { records } = await doneJson<{ records: { count: number } }>([
      'inspect',
      join(folder, 'cities.rec'),
    ]);
    expect(records.count).toBeGreaterThan(135_233);
    const first = await doneJson(['records', 'get', join(folder, 'cities.rec'), '0']);
    expect(first).toMatchObject({
      name: 'El Tarter',
      country: 'AD',
      position: { lat: 42.57952, lon: 1.65362 },
    });
  });

  it('leaves a store that the commands read', async () => {
    const store = join(folder, 'cities.store');
    expect(await doneJson(['kv', 'check', store])).toMatchObject({ sound: true });
    expect(await doneJson(['kv', 'list', store, '--table', 'names', '--prefix', 'El Tarter'])).toEqual({
      key: 'El Tarter',
      value: 3039154,
    });
    expect(await doneJson(['kv', 'get', store, '3039154'])).toMatchObject({ name: 'El Tarter' });
  });

  it('refuses what it does not understand', async () => {
    expect(cities('--near', 'here').status).not.toBe(0);
    expect(cities('--nope').status).not.toBe(0);
  });
});
