/** What is said of a wrong command line: what is wrong in words of the command line, and whose help explains it. */
import { expect, it } from 'vitest';
import { done, failed } from './cli.js';

it.each([
  [[], 'say what to do: records, inspect, shm, channel, '],
  [['shm'], "create, read, write, watch, close or list; see 'perdure shm --help'"],
  [['channel'], "say what to do with a channel: send or receive; see 'perdure channel --help'"],
  [['frobnicate'], "there is no 'perdure frobnicate'; there are records, inspect, shm, channel, "],
  [
    ['shm', 'open', 'x'],
    "there is no 'perdure shm open'; there are create, read, write, watch, close, list; see 'perdure shm --help'",
  ],
  [
    ['shm', 'raed', 'x'],
    "there is no 'perdure shm raed'; 'perdure shm read' was perhaps meant; see 'perdure shm --help'",
  ],
  [['--', 'frobnicate'], "there is no 'perdure frobnicate'; there are records, inspect, shm, channel, "],
  [['--'], 'say what to do: records, inspect, shm, channel, '],
  [['foo'], "there is no 'perdure foo'; there are records, inspect, shm, channel, "],
  [['-x'], "there is no option -x; see 'perdure --help'"],
  [['shm', '--foo=1'], "there is no option --foo; see 'perdure shm --help'"],
  [['--json', 'shm'], "create, read, write, watch, close or list; see 'perdure shm --help'"],
  [
    ['--json', 'records', 'shwo'],
    "there is no 'perdure records shwo'; 'perdure records show' was perhaps meant",
  ],
  [['shm', 'create'], "<name> is missing; see 'perdure shm create --help'"],
  [['shm', 'create', '--size', '8'], "<name> is missing; see 'perdure shm create --help'"],
  [['shm', 'write'], "<name> and <text> are missing; see 'perdure shm write --help'"],
  [['shm', 'write', 'x'], "<text> is missing; see 'perdure shm write --help'"],
  [['records', 'set', 'a.rec'], "<index> and <assignments..> are missing; see 'perdure records set --help'"],
  [['inspect'], "<file> is missing; see 'perdure inspect --help'"],
  [['channel', 'send'], "<name> is missing; see 'perdure channel send --help'"],
  [['shm', 'read', 'x', 'y', 'z'], "'y' is one argument too many; see 'perdure shm read --help'"],
  [['shm', 'read', 'x', '--sise', '4'], "there is no option --sise; see 'perdure shm read --help'"],
  [['shm', 'read', 'x', '--sise=4'], 'there is no option --sise;'],
  [['shm', 'read', 'x', '-q'], 'there is no option -q;'],
  [['shm', 'read', 'x', '-qz'], 'there is no option -q;'],
  [['shm', 'read', 'x', '--no-such-thing'], 'there is no option --no-such-thing;'],
  [['shm', 'read', 'x', '--such-thing'], 'there is no option --such-thing;'],
  [['shm', 'create', 'x', '--size'], '--size needs a value;'],
  [['channel', 'send', 'x', '--message'], "--message needs a value; see 'perdure channel send --help'"],
  [
    ['channel', 'send', 'x', '--message', '--foo'],
    '--message needs a value; one that begins with a dash is written --message=-...;',
  ],
  [
    ['channel', 'send', 'x', '--capacity', '0'],
    "--capacity must be a whole number from 1 to 1073741824, not '0';",
  ],
  [['channel', 'send', 'x', '--capacity', '1073741825'], "from 1 to 1073741824, not '1073741825';"],
  [['channel', 'receive', 'x', '--count', 'y'], "--count must be a whole number from 1, not 'y';"],
  [['channel', 'receive', 'x', '--count', '0'], "--count must be a whole number from 1, not '0';"],
  [['shm', 'read', '--', 'x', '--foo'], "'--foo' is one argument too many; see 'perdure shm read --help'"],
  [['records', 'get', 'x', '--', '-one'], "the index must be a whole number from 0, not '-one';"],
  [['shm', 'watch', 'x', '--event', 'y', '--interval', '1'], 'exclude each other;'],
  [['shm', 'create', 'x', '--encoding', 'q'], "--encoding takes one of utf8, utf16le, latin1, not 'q';"],
  [['records', 'show', 'x', '--sort', '-a'], 'with the largest first it is written --sort=-a;'],
] as const)('%j', async (args, words) => {
  const message = await failed(args, 'USAGE');
  expect(message).toContain(words);
  const help = /see 'perdure ?(.*) --help'/.exec(message);
  expect(await done([...help![1]!.split(' ').filter(Boolean), '--help'])).toContain('Options:');
});
