/**
 * A C program and perdure on one named mapping, by the documented file and layout. Linux, where there is a C compiler
 * (CC, or cc); posix-mapping.c is the program.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  closeHandle,
  createFileMapping,
  FILE_MAP_ALL_ACCESS,
  FILE_MAP_READ,
  INVALID_HANDLE_VALUE,
  mapViewOfFile,
  openFileMapping,
  PAGE_READWRITE,
  unmapViewOfFile,
} from '../../src/os/index.js';
import { failure } from '../support/failure.js';
import { tempFiles } from '../support/temp-folder.js';

const compiler = process.env.CC ?? 'cc';
const hasCompiler =
  process.platform === 'linux' && spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0;
const NO_SUCH_MAPPING = 2;

describe.runIf(hasCompiler)('a C program', () => {
  const program = tempFiles()('posix-mapping');
  beforeAll(() => {
    const source = fileURLToPath(new URL('posix-mapping.c', import.meta.url));
    execFileSync(compiler, ['-Wall', '-Wextra', '-Werror', '-o', program, source]);
  });

  const fileOf = (name: string) => join(`/dev/shm/perdure-${process.getuid?.()}`, name);
  const read = (name: string) => spawnSync(program, [fileOf(name)], { encoding: 'utf8' });
  const hold = async (name: string, text: string): Promise<ChildProcess> => {
    const child = spawn(program, [fileOf(name), text], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout!, 'data');
    return child;
  };

  it('reads what perdure stored, and finds no mapping before and after', () => {
    const name = `peer-${randomUUID()}`;
    expect(read(name).status).toBe(NO_SUCH_MAPPING);
    const mapping = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 256, name);
    const view = mapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0);
    Buffer.from(view.buffer).write('Message from first process.\0');
    expect(read(name)).toMatchObject({ status: 0, stdout: 'Message from first process.\n' });
    unmapViewOfFile(view);
    closeHandle(mapping);
    expect(read(name).status).toBe(NO_SUCH_MAPPING);
  });

  it('stores what perdure reads, and keeps the object alive', async () => {
    const name = `peer-${randomUUID()}`;
    const mapping = createFileMapping(INVALID_HANDLE_VALUE, null, PAGE_READWRITE, 256, name);
    const child = await hold(name, 'from C');
    closeHandle(mapping);
    const again = openFileMapping(FILE_MAP_READ, false, name);
    const view = mapViewOfFile(again, FILE_MAP_READ, 0, 0);
    expect(Buffer.from(view.buffer).toString('latin1', 0, 7)).toBe('from C\0');
    unmapViewOfFile(view);
    closeHandle(again);
    child.kill('SIGKILL');
    await once(child, 'exit');
    failure(() => openFileMapping(FILE_MAP_READ, false, name), 'NOT_FOUND');
  });
});
