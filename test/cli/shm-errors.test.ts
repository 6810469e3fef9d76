/** What `perdure shm` refuses, and that it says so in the words of the command line and not in those of the calls. */
import { describe, expect, it } from 'vitest';
import { SharedEvent, SharedMutex } from '../../src/index.js';
import { memoryOf } from '../shared/memory-of.js';
import { uniqueName } from '../shared/names.js';
import { failed } from './cli.js';

describe('errors in the words of the command line', () => {
  it('of a name that another kind of object has', async () => {
    const memory = memoryOf(16);
    using event = SharedEvent.create(uniqueName('event'));
    for (const command of [['read'], ['watch'], ['close'], ['write', 'x'], ['create', '--hold', '0']]) {
      const [verb, ...rest] = command as [string, ...string[]];
      expect(await failed(['shm', verb, event.name, ...rest], 'INVALID_HANDLE')).toContain(
        `'${event.name}' is the name of an event, not of memory; choose another name`,
      );
    }
    for (const command of [
      ['write', memory.name, 'x'],
      ['watch', memory.name],
    ]) {
      expect(await failed(['shm', ...command, '--event', memory.name], 'INVALID_HANDLE')).toContain(
        `'${memory.name}' is the name of a file mapping, not of an event`,
      );
    }
  });

  it('of memory that there is no room for', async () => {
    const create = ['shm', 'create', uniqueName('large'), '--hold', '0', '--size', String(2 ** 50)];
    expect(await failed(create, 'OUT_OF_MEMORY')).toContain('1,125,899,906,842,624 bytes');
  });

  it('of a holder that does not let go', async () => {
    const memory = memoryOf(16);
    using event = SharedEvent.create(`${memory.name}.close`);
    using mutex = SharedMutex.create(`${memory.name}.held`);
    using _lock = mutex.lockSync();
    expect(await failed(['shm', 'close', memory.name, '--timeout', '0.01'], 'TIMEOUT')).toContain(
      `that holds '${memory.name}' was asked, and has not let go within 0.01 s`,
    );
    expect(event.waitSync(0)).toBe(true);
  });

  it.each([['read'], ['watch'], ['close'], ['write', 'x'], ['create']])(
    'of what is no name: %s',
    async (...command) => {
      const [verb, ...rest] = command as [string, ...string[]];
      expect(await failed(['shm', verb, 'a\\b', ...rest], 'INVALID_ARGUMENT')).toBe(
        'perdure: "a\\\\b" has a backslash that is not part of Global\\ or Local\\; choose another name [INVALID_ARGUMENT]',
      );
    },
  );
});

describe('wrong command lines', () => {
  it.each([
    [['shm']],
    [['shm', 'open', 'x']],
    [['shm', 'create']],
    [['shm', 'create', 'x', '--size', '-1']],
    [['shm', 'create', 'x', '--hold', 'long']],
    [['shm', 'create', 'x', '--fallback-local']],
    [['shm', 'create', 'Local\\x', '--global']],
    [['shm', 'create', 'x', '--encoding', 'ebcdic']],
    [['shm', 'create', 'x', '--size', '0']],
    [['shm', 'watch', 'x', '--count', '0']],
    [['shm', 'write', 'x']],
    [['shm', 'watch', 'x', '--interval', '0']],
    [['shm', 'watch', 'x', '--interval', '1', '--event', 'y']],
    [['shm', 'close', 'x', '--timeout', '0']],
  ])('%j', async (args) => {
    await failed(args, 'USAGE');
  });

  it.each([
    ['--interval', 'x', "takes seconds above 0, such as 30 or 0.5, not 'x'"],
    ['--interval', '0', "takes seconds above 0, such as 30 or 0.5, not '0'"],
    ['--interval', 'forever', "takes seconds above 0, such as 30 or 0.5, not 'forever'"],
    ['--timeout', '0', "takes seconds above 0, such as 30 or 0.5, or 'forever', not '0'"],
    ['--hold', '-1', "takes seconds, such as 30 or 0.5, or 'forever', not '-1'"],
    ['--hold', '9999999', "such as 30 or 0.5, at most 2147483, or 'forever', not '9999999'"],
  ])('%s %s', async (option, value, words) => {
    const command = { '--interval': 'watch', '--timeout': 'close', '--hold': 'create' }[option]!;
    const message = await failed(['shm', command, 'x', `${option}=${value}`], 'USAGE');
    expect(message).toContain(`${option} `);
    expect(message).toContain(words);
  });
});
