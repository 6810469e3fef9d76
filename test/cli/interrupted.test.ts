/** An import that is stopped midway: by a signal, or by the end of its process without warning. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordFile } from '../../src/record/index.js';
import { tempFolder } from '../support/temp-folder.js';
import { done, MAIN } from './cli.js';

/** Starts an import from standard input, feeds it half of what it waits for, and waits until it has begun to write. */
async function halfway(folder: string, begun: () => boolean, ...options: string[]): Promise<ChildProcess> {
  const args = [MAIN, 'records', 'import', '-', join(folder, 'out.rec'), '--format', 'csv', ...options];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin!.on('error', () => {});
  child.stdin!.write(`id\n${'7\n'.repeat(200_000)}`);
  while (!begun()) {
    if (child.exitCode !== null) throw new Error('the import ended before it was stopped');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return child;
}

async function old(folder: string): Promise<Buffer> {
  const args = ['--schema', 'id:u32', '--format', 'csv', '--force'];
  await done(['records', 'import', '-', join(folder, 'out.rec'), ...args], 'id\n1\n2\n');
  return readFileSync(join(folder, 'out.rec'));
}

const temporaryFiles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

describe('an import that is killed', () => {
  const folder = tempFolder();

  it('leaves the file that it was to replace', async () => {
    const before = await old(folder);
    const begun = () => temporaryFiles(folder).length > 0;
    const child = await halfway(folder, begun, '--force', '--schema', 'id:u32');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(readFileSync(join(folder, 'out.rec')).equals(before)).toBe(true);
  });

  it('leaves the records that were there when it appends', async () => {
    const path = join(folder, 'out.rec');
    const { size } = statSync(path);
    const child = await halfway(folder, () => statSync(path).size > size, '--append');
    child.kill('SIGKILL');
    await once(child, 'close');
    const file = RecordFile.open(path);
    expect([...file]).toEqual([{ id: 1 }, { id: 2 }]);
    file.closeSync();
  });
});

describe.skipIf(process.platform === 'win32')(
  'an import that is interrupted (Windows has no signals)',
  () => {
    const folder = tempFolder();

    it.each(['SIGINT', 'SIGTERM'] as const)('%s: removes what it wrote', async (signal) => {
      const before = await old(folder);
      const begun = () => temporaryFiles(folder).length > 0;
      const child = await halfway(folder, begun, '--force', '--schema', 'id:u32');
      child.kill(signal);
      const [, ended] = await once(child, 'close');
      expect(ended).toBe(signal);
      expect(temporaryFiles(folder)).toEqual([]);
      expect(readFileSync(join(folder, 'out.rec')).equals(before)).toBe(true);
    });
  },
);
