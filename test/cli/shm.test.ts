/** `perdure shm`: scenarios between two terminals, and each command's own. */
import { describe, expect, it } from 'vitest';
import { createMemory } from '../../src/cli/shared/create-memory.js';
import { Keeper } from '../../src/cli/shared/keeper.js';
import { PerdureError, SharedEvent, SharedMemory } from '../../src/index.js';
import { memoryOf } from '../shared/memory-of.js';
import { uniqueName } from '../shared/names.js';
import { eventually } from '../support/eventually.js';
import { failure } from '../support/failure.js';
import { done, doneJson, failed, inProcess, perdure } from './cli.js';
import { Program } from './program.js';

/** A `shm create` that holds what it made. */
async function holding(name: string, ...options: string[]): Promise<Program> {
  const program = Program.start(['shm', 'create', name, ...options]);
  await program.printed(`${name}' is there, `);
  return program;
}

/** Until it is gone: a moment after its last holder ended. */
async function gone(name: string): Promise<void> {
  await eventually(`${name} is gone`, async () => (await inProcess(['shm', 'read', name])).status === 1);
  expect(await failed(['shm', 'read', name], 'NOT_FOUND')).toContain('there is no memory named');
}

describe('between two terminals', () => {
  it('a first process creates a mapping and writes a message, which a second one shows', async () => {
    const name = `Global\\${uniqueName('MyFileMappingObject')}`;
    expect(await failed(['shm', 'read', name], 'NOT_FOUND')).toContain('there is no memory named');
    const text = 'Message from first process.';
    const first = await holding(name, '--size', '256', '--text', text);
    expect(perdure(['shm', 'read', name])).toMatchObject({ status: 0, stdout: `${text}\n`, stderr: '' });
    first.type('\n');
    expect(await first.ended).toMatchObject({ status: 0, signal: null, stderr: '' });
    await gone(name);
  });

  it('the three buttons: create mapping of data, open it and get data, close it', async () => {
    const name = uniqueName('MMFSharedData');
    const first = await holding(name, '--text', 'data of the first');
    expect(await failed(['shm', 'create', name, '--hold', '0'], 'ALREADY_EXISTS')).toContain(
      'exists already',
    );
    expect(await done(['shm', 'read', name, '--length', '256'])).toBe('data of the first\n');
    expect(await done(['shm', 'close', name])).toBe(`'Local\\${name}' is closed\n`);
    expect(await first.ended).toMatchObject({ status: 0, stderr: '' });
    await failed(['shm', 'read', name], 'NOT_FOUND');
    expect(await failed(['shm', 'close', name], 'NOT_FOUND')).toContain('there is no memory named');
  });

  it('one watches what the other writes', async () => {
    const memory = memoryOf(64, 'at first');
    const watching = Program.start(['shm', 'watch', memory.name, '--interval', '0.01', '--count', '3']);
    await watching.printed('at first\n');
    await done(['shm', 'write', memory.name, 'then']);
    await watching.printed('then\n');
    await done(['shm', 'write', memory.name, 'at last']);
    expect(await watching.ended).toMatchObject({
      status: 0,
      stdout: 'at first\nthen\nat last\n',
      stderr: '',
    });
  });

  it('one watches whenever the other sets an event, also where nothing changed', async () => {
    const memory = memoryOf(64, 'same');
    const event = uniqueName('changed');
    const write = ['shm', 'write', memory.name, 'same', '--event', event];
    expect(await failed(write, 'NOT_FOUND')).toContain(`there is no event named 'Local\\${event}'`);
    const watching = Program.start(['shm', 'watch', memory.name, '--event', event, '--count', '3']);
    await watching.printed('same\n');
    await done(write);
    await watching.printed('same\nsame\n');
    await done(write);
    expect(await watching.ended).toMatchObject({ status: 0, stdout: 'same\nsame\nsame\n', stderr: '' });
    failure(() => SharedEvent.open(event), 'NOT_FOUND');
  });
});

describe('shm create', () => {
  it('lets go when its time is up, or its input ends', async () => {
    const name = uniqueName('hold');
    expect(await done(['shm', 'create', name, '--size', '100', '--hold', '0.01'])).toBe(
      `'Local\\${name}' is there, 100 bytes.\n`,
    );
    await failed(['shm', 'read', name], 'NOT_FOUND');
    const result = perdure(['shm', 'create', name, '--json']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toEqual({ name: `Local\\${name}`, sizeBytes: 4096 });
    await failed(['shm', 'read', name], 'NOT_FOUND');
  });

  it.skipIf(process.platform === 'win32')('lets go at a signal (Windows has none)', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const name = uniqueName('signal');
      const program = await holding(name, '--hold', 'forever');
      program.process.kill(signal);
      expect(await program.ended).toMatchObject({ status: 0, signal: null, stderr: '' });
      await failed(['shm', 'read', name], 'NOT_FOUND');
    }
  });

  it('leaves nothing behind where it is killed', async () => {
    const name = uniqueName('killed');
    await (await holding(name)).kill();
    await gone(name);
    await eventually('the companions are gone', async () => !(await done(['shm', 'list'])).includes(name));
    await done(['shm', 'create', name, '--hold', '0']);
  });

  it('writes text as C programs expect it', async () => {
    const text = 'Grüße, 東京';
    const wide = uniqueName('wide');
    const program = await holding(wide, '--text', text, '--encoding', 'utf16le', '--size', '64');
    using memory = SharedMemory.open(wide, { mode: 'readonly' });
    expect(memory.view().read(0, 20)).toEqual(Buffer.from(`${text}\0`, 'utf16le').subarray(0, 20));
    expect(await done(['shm', 'read', wide, '--encoding', 'utf16le'])).toBe(`${text}\n`);
    program.endInput();
    await program.ended;
    const name = uniqueName('text');
    const latin = ['shm', 'create', name, '--encoding', 'latin1', '--hold', '0'];
    await done([...latin, '--text', 'Grüße']);
    expect(await failed([...latin, '--text', '5 €'], 'INVALID_VALUE')).toContain("'€'");
    const large = ['--text', 'four', '--size', '4'];
    expect(await failed(['shm', 'create', name, ...large], 'INVALID_VALUE')).toContain('do not fit 4');
    await failed(['shm', 'read', name], 'NOT_FOUND');
  });

  it('holds memory, and cannot be asked, where the system has no events', async () => {
    const keeper = await Keeper.of(uniqueName('deaf'), 'owner', () => {
      throw new PerdureError('UNSUPPORTED', 'no events');
    });
    const over = new AbortController();
    const asked = keeper.asked(over.signal);
    over.abort();
    await expect(asked).rejects.toThrow();
    keeper[Symbol.dispose]();
  });

  it('falls back to a local name only where it is told to, and only where the global one is denied', () => {
    const denied = (code: 'ACCESS_DENIED' | 'ALREADY_EXISTS') => (name: string) => {
      if (name.startsWith('Global\\')) throw new PerdureError(code, 'no privilege');
      return memoryOf(8);
    };
    const options = { size: 8, access: 'owner', fallbackLocal: true } as const;
    const refused = denied('ACCESS_DENIED');
    expect(createMemory('Global\\x', options, refused)).toMatchObject({ fellBack: true });
    expect(createMemory('Local\\x', options, refused)).toMatchObject({ fellBack: false });
    failure(() => createMemory('Global\\x', { ...options, fallbackLocal: false }, refused), 'ACCESS_DENIED');
    failure(() => createMemory('Global\\x', options, denied('ALREADY_EXISTS')), 'ALREADY_EXISTS');
  });
});

describe('shm read', () => {
  it('shows text, bytes in hexadecimal, raw bytes and JSON', async () => {
    const memory = memoryOf(40, 'one\0two\n\x1b[31m');
    const { name } = memory;
    expect(await done(['shm', 'read', name])).toBe('one\n');
    expect(await done(['shm', 'read', name, '--offset', '4', '--length', '3'])).toBe('two\n');
    const dump = await done(['shm', 'read', name, '--hex', '--length', '20']);
    expect(dump).toBe(
      [
        '00000000  6f 6e 65 00 74 77 6f 0a 1b 5b 33 31 6d 00 00 00  |one.two..[31m...|',
        '00000010  00 00 00 00                                      |....|',
        '',
      ].join('\n'),
    );
    expect(await doneJson(['shm', 'read', name, '--length', '8'])).toEqual({
      name,
      offset: 0,
      lengthBytes: 8,
      text: 'one',
    });
    expect(await doneJson(['shm', 'read', name, '--hex', '--offset', '4', '--length', '2'])).toMatchObject({
      hex: '7477',
    });
    expect(perdure(['shm', 'read', name, '--raw', '--length', '8']).stdout).toBe('one\0two\n');
    expect(await failed(['shm', 'read', name, '--offset', '1000000'], 'OUT_OF_BOUNDS')).toContain(
      `--offset 1000000 reaches beyond '${name}', which has`,
    );
    expect(
      await failed(['shm', 'read', name, '--offset', '1', '--length', '9999999'], 'OUT_OF_BOUNDS'),
    ).toContain(`--offset 1 and --length 9999999 reach beyond '${name}'`);
    await failed(['shm', 'read', name, '--raw', '--hex'], 'USAGE');
  });
});

describe('shm write', () => {
  it('stores a text with its NUL, or the bytes of its input, within the memory', async () => {
    const memory = memoryOf(4096, 'xxxxxxxxxx');
    const { name } = memory;
    expect(await done(['shm', 'write', name, 'abc', '--offset', '1'])).toBe(
      `4 bytes, the text and its NUL, stored at offset 1 of '${name}'\n`,
    );
    expect(memory.view().getString(0, 10)).toBe('xabc\0xxxxx');
    expect(await done(['shm', 'write', name, '-', '--offset', '4090'], 'in\0put')).toBe(
      `6 bytes stored at offset 4090 of '${name}'\n`,
    );
    expect(memory.view().getString(4090, 6)).toBe('in\0put');
    const has = `and '${name}' has`;
    expect(
      await failed(['shm', 'write', name, '-', '--offset', '4094'], 'OUT_OF_BOUNDS', 'too long'),
    ).toContain(`too long: standard input has at least 8 bytes, ${has} 2 from offset 4094 on`);
    expect(await failed(['shm', 'write', name, 'abc', '--offset', '4093'], 'OUT_OF_BOUNDS')).toContain(
      `too long: the text and its NUL take 4 bytes, ${has} 3 from offset 4093 on`,
    );
    for (const offset of ['4096', '9999']) {
      expect(await failed(['shm', 'write', name, 'abc', '--offset', offset], 'OUT_OF_BOUNDS')).toContain(
        `--offset ${offset} is beyond '${name}', which has 4,096 bytes`,
      );
    }
    expect(memory.view().getString(4090, 6)).toBe('in\0put');
    await failed(['shm', 'write', uniqueName('nobody'), 'abc'], 'NOT_FOUND');
  });
});

describe('shm close', () => {
  it('says where nobody listens, and where somebody else holds the memory, too', async () => {
    const memory = memoryOf(16);
    expect(await failed(['shm', 'close', memory.name], 'NOT_FOUND')).toContain('nobody listens');
    const name = uniqueName('held');
    const program = await holding(name, '--hold', 'forever');
    using _other = SharedMemory.open(name);
    expect(await done(['shm', 'close', name])).toContain('another process still holds it');
    expect(await program.ended).toMatchObject({ status: 0 });
  });
});

describe('shm list', () => {
  it('shows names, kinds and sizes', async () => {
    const memory = memoryOf(12_345);
    using event = SharedEvent.create(uniqueName('listed'));
    const listed = await doneJson<{ name: string; kind: string; sizeBytes?: number }[]>(['shm', 'list']);
    expect(listed).toContainEqual(expect.objectContaining({ name: memory.name, kind: 'file mapping' }));
    expect(listed).toContainEqual({ name: event.name, kind: 'event' });
    expect(listed.find(({ name }) => name === memory.name)?.sizeBytes).toBeGreaterThanOrEqual(12_345);
    const text = await done(['shm', 'list']);
    for (const part of [memory.name, 'file mapping', event.name]) expect(text).toContain(part);
  });
});

describe('help', () => {
  it.each([
    [['shm'], ['create', 'read', 'write', 'watch', 'close', 'list', 'zeros']],
    [
      ['shm', 'create'],
      ['--size', '--text', '--fallback-local', '--hold', 'Examples'],
    ],
    [
      ['shm', 'read'],
      ['--hex', '--raw', '--encoding', 'NUL'],
    ],
    [
      ['shm', 'watch'],
      ['--interval', '--event', 'between two looks'],
    ],
    [['shm', 'close'], ['cannot be asked']],
    [
      ['channel', 'send'],
      ['--capacity', '--raw', 'the rest waits'],
    ],
    [
      ['channel', 'receive'],
      ['--count', '--follow', 'killed'],
    ],
  ])('%j', async (args, words) => {
    const help = await done([...args, '--help']);
    for (const word of words) expect(help).toContain(word);
    expect(help.split('\n').every((line) => line.length <= 110)).toBe(true);
  });
});
