/** SharedMemory: its life by name, its modes, its views, within a process and between processes. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { SharedEvent, SharedMemory, SharedMutex } from '../../src/index.js';
import type { SharedRequest } from '../processes/shared.js';
import { Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';
import { failure } from '../support/failure.js';
import { uniqueName } from './names.js';

const start = () => Child.start<SharedRequest>('shared');

/** Memory that is closed with the test. */
function created(size: number, name = uniqueName('memory')): SharedMemory {
  const memory = SharedMemory.create(name, { size });
  onTestFinished(() => memory.close());
  return memory;
}

function opened(name: string, mode: 'readwrite' | 'readonly' | 'copy-on-write'): SharedMemory {
  const memory = SharedMemory.open(name, { mode });
  onTestFinished(() => memory.close());
  return memory;
}

describe('memory under a name', () => {
  it('begins as zeros, and is the same for everybody who opens it', () => {
    const memory = created(5000);
    const other = SharedMemory.open(memory.name);
    onTestFinished(() => other.close());
    expect([memory.created, other.created, memory.size]).toEqual([true, false, 5000]);
    expect(other.size).toBeGreaterThanOrEqual(5000);
    expect(memory.view().bytes.every((byte) => byte === 0)).toBe(true);
    memory.view().setString(4990, 'by the one');
    expect(other.view(4990, 10).getString(0, 10)).toBe('by the one');
    other.view(4990).setString(3, 'her');
    expect(memory.view(4990, 10).getString(0, 10)).toBe('by her one');
  });

  it('has a local name unless another prefix is given', () => {
    const name = uniqueName('prefix');
    const local = created(1, name);
    const global = created(1, `Global\\${name}`);
    expect([local.name, global.name]).toEqual([`Local\\${name}`, `Global\\${name}`]);
    opened(`Local\\${name}`, 'readonly');
    local.view().setUint8(0, 1);
    expect(global.view().getUint8(0)).toBe(0);
  });

  it('is gone when the last holder has closed it', () => {
    const memory = created(16);
    const other = SharedMemory.open(memory.name);
    memory.close();
    SharedMemory.open(memory.name).close();
    other.close();
    expect(failure(() => SharedMemory.open(memory.name), 'NOT_FOUND').message).toContain('no such mapping');
  });

  it('is created once', () => {
    const memory = created(16);
    const error = failure(() => SharedMemory.create(memory.name, { size: 16 }), {
      code: 'ALREADY_EXISTS',
      win32Error: 183,
    });
    expect(error.message).toContain(`'${memory.name}'`);
    memory.close();
    // What the failed creation got a handle to was let go of.
    failure(() => SharedMemory.open(memory.name), 'NOT_FOUND');
  });

  it('is opened or created, and never smaller than asked for', () => {
    const name = uniqueName('either');
    const first = SharedMemory.openOrCreate(name, { size: 100_000 });
    const second = SharedMemory.openOrCreate(name, { size: 10 });
    onTestFinished(() => {
      first.close();
      second.close();
    });
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.size).toBeGreaterThanOrEqual(100_000);
    const error = failure(() => SharedMemory.openOrCreate(name, { size: 1_000_000 }), 'ALREADY_EXISTS');
    expect(error.message).toMatch(/exists and has \d+ bytes, fewer than the 1000000 asked for/);
  });

  it('may be open to everybody', () => {
    const memory = SharedMemory.create(`Global\\${uniqueName('everyone')}`, { size: 8, access: 'everyone' });
    onTestFinished(() => memory.close());
    expect(opened(memory.name, 'readwrite').view().writable).toBe(true);
  });

  it('is not confused with an event or a mutex of the same name', () => {
    const name = uniqueName('kind');
    using _event = SharedEvent.create(name);
    failure(() => SharedMemory.create(name, { size: 8 }), 'INVALID_HANDLE');
    failure(() => SharedMemory.openOrCreate(name, { size: 8 }), 'INVALID_HANDLE');
    failure(() => SharedMemory.open(name), 'INVALID_HANDLE');
    failure(() => SharedMutex.openOrCreate(name), 'INVALID_HANDLE');
    failure(() => SharedMutex.open(name), 'INVALID_HANDLE');
    const memory = created(8);
    failure(() => SharedEvent.openOrCreate(memory.name), 'INVALID_HANDLE');
    failure(() => SharedEvent.open(memory.name), 'INVALID_HANDLE');
  });

  it('refuses what is no name, no size, no option', () => {
    // biome-ignore lint/suspicious/noExplicitAny: arguments that the types forbid
    const create = SharedMemory.create as any;
    for (const name of ['', 'a\\b', 'Global\\', 'x'.repeat(261), 'a\0b', null, undefined, 7]) {
      failure(() => create(name, { size: 8 }), 'INVALID_ARGUMENT');
      failure(() => SharedMemory.open(name as string), 'INVALID_ARGUMENT');
    }
    const name = uniqueName();
    for (const size of [0, -1, 1.5, Number.NaN, undefined, '8', 2 ** 53]) {
      failure(() => create(name, { size }), 'INVALID_ARGUMENT');
    }
    failure(() => create(name, { size: 2 ** 50 }), 'OUT_OF_MEMORY');
    failure(() => create(name, { size: 8, mode: 'readonly' }), 'INVALID_ARGUMENT');
    failure(() => create(name, { size: 8, access: 'all' }), 'INVALID_ARGUMENT');
    failure(() => create(name), 'INVALID_ARGUMENT');
    // biome-ignore lint/suspicious/noExplicitAny: a mode that there is not
    failure(() => SharedMemory.open(name, { mode: 'rw' as any }), 'INVALID_ARGUMENT');
    failure(() => SharedMemory.open(name), 'NOT_FOUND');
  });
});

describe('modes', () => {
  it('readonly refuses to write, and a stray store through the bytes stays in the process', () => {
    const memory = created(8192);
    const all = memory.view();
    const reader = opened(memory.name, 'readonly').view();
    failure(() => reader.setUint8(0, 1), 'READ_ONLY');
    failure(() => reader.write(0, Buffer.of(1)), 'READ_ONLY');
    failure(() => reader.fill(1), 'READ_ONLY');
    reader.bytes[0] = 7;
    expect(all.getUint8(0)).toBe(0);
    // Pages that no stray store hit go on showing what others store.
    for (const value of [1, 2, 3]) {
      all.setUint8(4096, value);
      expect(reader.getUint8(4096)).toBe(value);
    }
  });

  it('copy-on-write keeps what is written to itself', () => {
    const memory = created(8192);
    const all = memory.view();
    const fork = opened(memory.name, 'copy-on-write').view();
    all.setUint8(4096, 9);
    expect(fork.getUint8(4096)).toBe(9);
    fork.fill(0xff);
    expect(fork.getUint8(8191)).toBe(0xff);
    expect([all.getUint8(0), all.getUint8(4096), all.getUint8(8191)]).toEqual([0, 9, 0]);
    expect(opened(memory.name, 'copy-on-write').view().getUint8(0)).toBe(0);
  });
});

describe('views', () => {
  it('stay within the memory', () => {
    const memory = created(100);
    expect(memory.view(40).length).toBe(memory.size - 40);
    expect(memory.view(100n, 0).length).toBe(0);
    failure(() => memory.view(90, 11), 'OUT_OF_BOUNDS');
    failure(() => memory.view(101), 'OUT_OF_BOUNDS');
    failure(() => memory.view(-1), 'INVALID_ARGUMENT');
    failure(() => memory.view(99).getUint16(0), 'OUT_OF_BOUNDS');
  });

  it('are detached when they, or the memory, are closed; closing again is harmless', () => {
    const memory = created(100);
    const first = memory.view(0, 50);
    const second = memory.view(25, 50);
    const bytes = [first.bytes, second.bytes];
    first.close();
    expect(bytes.map(({ length }) => length)).toEqual([0, 50]);
    memory.close();
    memory.close();
    expect([memory.closed, first.closed, second.closed]).toEqual([true, true, true]);
    expect(bytes[1]).toHaveLength(0);
    expect(failure(() => second.getUint8(0), 'CLOSED').message).toContain(memory.name);
    failure(() => memory.view(), 'CLOSED');
  });

  it('may be larger than one ArrayBuffer holds', () => {
    using memory = SharedMemory.create(uniqueName('parts'), { size: 10_000 }, { maxWindowBytes: 4096 });
    const view = memory.view(1);
    view.setString(4090, 'across the parts');
    expect(view.getString(4090, 16)).toBe('across the parts');
    failure(() => view.bytes, 'TOO_LARGE');
    using other = SharedMemory.open(memory.name);
    expect(other.view(4091).getString(0, 6)).toBe('across');
  });
});

describe('between processes', () => {
  it('is one memory, for as long as one of them holds it', async () => {
    const [first, second] = [start(), start()];
    const name = uniqueName('two');
    await expect(second.ask({ do: 'open', name })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await first.ask({ do: 'create', name, size: 256 });
    await first.ask({ do: 'write', at: 0, text: 'Message from first process.' });
    await second.ask({ do: 'open', name });
    expect(await second.ask({ do: 'read', at: 0, length: 28 })).toBe('Message from first process.\0');
    await first.kill();
    await second.ask({ do: 'write', at: 13, text: 'other' });
    const third = opened(name, 'readonly');
    expect(third.view().getString(0, 26)).toBe('Message from other process');
    third.close();
    await second.kill();
    await eventually('the memory of killed processes is gone', () => !exists(name));
  });

  it('shows a reader and a fork of another process what is stored here', async () => {
    const memory = created(4096);
    for (const mode of ['readonly', 'copy-on-write'] as const) {
      const child = start();
      await child.ask({ do: 'open', name: memory.name, mode });
      memory.view().setString(0, `for ${mode}`);
      expect(await child.ask({ do: 'read', at: 0, length: 8 })).toBe(`for ${mode}`.slice(0, 8));
      const writing = child.ask({ do: 'write', at: 100, text: 'from there' });
      if (mode === 'readonly') await expect(writing).rejects.toMatchObject({ code: 'READ_ONLY' });
      else await writing;
      expect(memory.view().getUint8(100)).toBe(0);
      await child.end();
    }
  });
});

function exists(name: string): boolean {
  try {
    SharedMemory.open(name).close();
    return true;
  } catch {
    return false;
  }
}
