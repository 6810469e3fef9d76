/**
 * What a start loads: time goes by the number of modules, so none but those that are needed. Method: the coverage of V8 names
 * every script of a process.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openStore } from '../../src/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { MAIN } from './cli.js';

const folder = tempFolder();

/** The scripts that a process loaded, by their URLs. */
function loadedBy(args: readonly string[]): string[] {
  const coverage = mkdtempSync(join(folder, 'coverage-'));
  const env = { ...process.env, NODE_V8_COVERAGE: coverage };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as {
      result: { url: string }[];
    };
    return result.map(({ url }) => url);
  });
}

const some = (urls: readonly string[], part: string) => urls.filter((url) => url.includes(part)).length > 0;

it('the version needs no command, and nothing of the library but its errors', () => {
  const urls = loadedBy([MAIN, '--version']);
  expect(some(urls, '/src/cli/commands/kv.js')).toBe(true);
  for (const part of [
    '/src/cli/commands/kv/',
    '/src/kv/',
    '/src/record/',
    '/src/text/',
    '/os/index.js',
    'koffi',
  ])
    expect(some(urls, part), part).toBe(false);
});

it('a command needs no other', () => {
  const path = join(folder, 'a.store');
  openStore(path, { keys: 'string', values: 'string' }).close();
  const urls = loadedBy([MAIN, 'kv', 'stats', path]);
  expect(some(urls, '/src/cli/commands/kv/stats.js')).toBe(true);
  for (const part of ['/commands/kv/get.js', '/commands/records/', '/src/text/', '/src/shared/', '@msgpack'])
    expect(some(urls, part), part).toBe(false);
});

it('the library needs MessagePack when it is used', () => {
  const index = new URL('../../dist/src/index.js', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    import { messagePackValue } from '${index}';
    const { cache } = createRequire('${index}');
    const isLoaded = () => Object.keys(cache).some((path) => path.includes('@msgpack'));
    const before = isLoaded();
    messagePackValue.encode(1);
    console.log(before, isLoaded());`;
  const args = ['--input-type=module', '-e', script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({ stdout: 'false true\n', stderr: '' });
});
