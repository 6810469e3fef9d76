/** `perdure channel`: lines and bytes from process to process, through whatever happens to either of them. */
import { describe, expect, it } from 'vitest';
import { Channel, SharedEvent } from '../../src/index.js';
import { uniqueName } from '../shared/names.js';
import { eventually } from '../support/eventually.js';
import { random, randomBytes, SEED } from '../support/seed.js';
import { failed, inProcess } from './cli.js';
import { Program } from './program.js';

const send = (name: string, ...options: string[]) => Program.start(['channel', 'send', name, ...options]);
const receive = (name: string, ...options: string[]) =>
  Program.start(['channel', 'receive', name, ...options]);

/** So many lines of random lengths, each with its number in front. */
function lines(count: number, seed = SEED): string[] {
  const pick = random(seed);
  return Array.from({ length: count }, (_, number) => `${number} ${'äbc'.repeat(pick(60))}`);
}

describe('lines', () => {
  it('come out as they went in, in order, and both sides end', async () => {
    const name = uniqueName('lines');
    const receiver = receive(name);
    const sender = send(name, '--capacity', '4096');
    const sent = ['', ...lines(5000), '', 'a\ttab', 'the end'];
    // In pieces that end anywhere, also within a character; the last line has no end.
    const bytes = Buffer.from(sent.join('\n'));
    const pick = random();
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + pick(20_000);
      sender.type(bytes.subarray(at, at + length));
      at += length;
    }
    sender.endInput();
    expect(await sender.ended, `seed ${SEED}`).toMatchObject({ status: 0, stdout: '', stderr: '' });
    const { status, stdout, stderr } = await receiver.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout === `${sent.join('\n')}\n`, `seed ${SEED}`).toBe(true);
  });

  it('end in LF or CRLF', async () => {
    const name = uniqueName('crlf');
    const [sender, receiver] = [send(name), receive(name)];
    sender.type('one\r\ntwo\r');
    await receiver.printed('one\n');
    sender.type('\nth\rree\n\r\n');
    sender.endInput();
    expect((await receiver.ended).stdout).toBe('one\ntwo\nth\rree\n\n');
    expect((await sender.ended).status).toBe(0);
  });

  it('come one at a time, as they are typed', async () => {
    const name = uniqueName('typed');
    const [sender, receiver] = [send(name), receive(name)];
    for (const line of ['hello', 'are you there?', 'bye']) {
      sender.type(`${line}\n`);
      await receiver.printed(`${line}\n`);
    }
    sender.endInput();
    expect(await receiver.ended).toMatchObject({ status: 0, stdout: 'hello\nare you there?\nbye\n' });
  });

  it('are refused where they are longer than the channel', async () => {
    const name = uniqueName('long');
    const sender = send(name, '--capacity', '1000');
    sender.type(`${'x'.repeat(1_000_000)}`);
    const { status, stderr } = await sender.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^perdure: .*longer than .* bytes.* \[TOO_LARGE\]\n$/);
  });
});

describe('other forms', () => {
  it('messages on the command line, and JSON with their numbers', async () => {
    const name = uniqueName('json');
    const receiver = receive(name, '--json');
    const sender = send(name, '--message', 'one', '--message', 'two\n');
    expect(await sender.ended).toMatchObject({ status: 0 });
    const objects = (await receiver.ended).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(objects).toMatchObject([
      { sequence: 0, redelivered: false, text: 'one' },
      { sequence: 1, redelivered: false, text: 'two\n' },
    ]);
    expect(objects[0]!.producer).toBe(objects[1]!.producer);
  });

  it('bytes as they are', async () => {
    const name = uniqueName('raw');
    const [sender, receiver] = [send(name, '--raw', '--capacity', '5000'), receive(name, '--raw')];
    const bytes = randomBytes(300_000);
    sender.type(bytes);
    sender.endInput();
    expect((await sender.ended).status).toBe(0);
    expect((await receiver.ended).status).toBe(0);
    expect(receiver.bytes.equals(bytes)).toBe(true);
  });

  it('so many messages, and the rest for the next receiver', async () => {
    const name = uniqueName('count');
    const sender = send(name);
    sender.type('1\n2\n3\n');
    sender.endInput();
    expect(await receive(name, '--count', '2').ended).toMatchObject({ status: 0, stdout: '1\n2\n' });
    expect(await receive(name, '--count', '1').ended).toMatchObject({ status: 0, stdout: '3\n' });
    expect((await sender.ended).status).toBe(0);
  });

  it('one sender after the other', async () => {
    const name = uniqueName('follow');
    const receiver = receive(name, '--follow');
    for (const text of ['first', 'second']) {
      expect((await send(name, '--message', text).ended).status).toBe(0);
      await receiver.printed(`${text}\n`);
    }
  });
});

describe('on a terminal', () => {
  /**
   * Runs a command while stderr is taken for a terminal, or for none. On a terminal the other side comes when the command has
   * said something there.
   */
  async function stderrOf(args: readonly string[], isTTY: boolean, other: () => Promise<void>) {
    const before = process.stderr.isTTY;
    process.stderr.isTTY = isTTY;
    try {
      const running = inProcess(args);
      if (isTTY) await Promise.race([somethingIsSaid(), running]);
      const [result] = await Promise.all([running, other()]);
      expect(result.status).toBe(0);
      return result.stderr;
    } finally {
      process.stderr.isTTY = before;
    }
  }

  function somethingIsSaid(): Promise<void> {
    const { write } = process.stderr;
    return new Promise((resolve) => {
      process.stderr.write = (text: string | Uint8Array) => {
        resolve();
        return write.call(process.stderr, text);
      };
    });
  }

  const waiting = (whom: string, name: string) => `waiting for a ${whom} of 'Local\\${name}' ...\n`;

  it('whoever finds nobody says that it waits', async () => {
    const name = uniqueName('waiting');
    const receiving = ['channel', 'receive', name, '--count', '1'];
    const sends = async () => {
      using producer = Channel.producer(name);
      await producer.send('one');
      await producer.drained();
    };
    expect(await stderrOf(receiving, true, sends)).toBe(waiting('sender', name));
    expect(await stderrOf(receiving, false, sends)).toBe('');
    const receives = async () => {
      using consumer = Channel.consumer(name, { follow: true });
      expect(String(await consumer.receive())).toBe('--foo');
    };
    const sending = ['channel', 'send', name, '--message=--foo'];
    expect(await stderrOf(sending, true, receives)).toBe(waiting('receiver', name));
    expect(await stderrOf(sending, false, receives)).toBe('');
  });

  it('whoever finds somebody says nothing', async () => {
    using producer = Channel.producer(uniqueName('there'));
    await producer.send('one');
    expect(await stderrOf(['channel', 'receive', producer.name, '--count', '1'], true, async () => {})).toBe(
      '',
    );
  });
});

describe('when somebody goes away', () => {
  it('a killed sender: all that it sent is printed, then the receiver fails', async () => {
    const name = uniqueName('sender');
    const sender = send(name);
    sender.type('one\ntwo\nthr');
    const receiver = receive(name);
    await receiver.printed('two\n');
    await sender.kill();
    const { status, stdout, stderr } = await receiver.ended;
    expect([status, stdout]).toEqual([1, 'one\ntwo\n']);
    expect(stderr).toMatch(/^producer \d+ was lost: .*\nperdure: .* \[PEER_LOST\]\n$/);
  });

  it('a killed receiver: the sender says so, and the next receiver gets every line', async () => {
    const name = uniqueName('receiver');
    const sender = send(name, '--capacity', '2000');
    const sent = lines(20_000);
    sender.type(`${sent.join('\n')}\n`);
    sender.endInput();
    const first = receive(name);
    await first.printed('\n100 ');
    await first.kill();
    const second = receive(name, '--json');
    expect((await second.ended).status).toBe(0);
    const ended = await sender.ended;
    expect(ended.status).toBe(0);
    expect(ended.stderr).toMatch(/^consumer \d+ was lost: .*\n$/);
    const messages = second.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sequence: number; text: string; redelivered: boolean });
    // The killed one may have had one message in its hands: that is given again, and says so.
    const printed = first.stdout.split('\n').slice(0, -1);
    const from = messages[0]!.sequence;
    const again = messages[0]!.redelivered;
    expect([printed.length, ...(again ? [printed.length - 1] : [])]).toContain(from);
    expect([...printed.slice(0, from), ...messages.map(({ text }) => text)]).toEqual(sent);
  });

  it('a reader of the output: the receiver ends quietly, and the message in its hands is not lost', async () => {
    const name = uniqueName('reader');
    const sender = send(name);
    const receiver = receive(name);
    sender.type('one\n');
    await receiver.printed('one\n');
    receiver.process.stdout!.destroy();
    // A pipe may still take what is written at the moment of its closing.
    await eventually('the receiver ends', () => {
      if (receiver.process.exitCode === null) sender.type('more\n');
      return receiver.process.exitCode !== null;
    });
    expect(receiver.process.exitCode).toBe(0);
    expect(receiver.stderr).toBe('');
    sender.type('last\n');
    sender.endInput();
    const { status, stdout } = await receive(name).ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/^(more\n)+last\n$/);
    expect(await sender.ended).toMatchObject({ status: 0, stderr: '' });
  });

  it.skipIf(process.platform === 'win32').for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'a receiver that %s ends: its exit code says so, and the sender has lost nobody',
    async ([signal, status]) => {
      const name = uniqueName('signal');
      const sender = send(name);
      const receiver = receive(name);
      sender.type('one\n');
      await receiver.printed('one\n');
      receiver.process.kill(signal);
      expect(await receiver.ended).toEqual({ status, signal: null, stdout: 'one\n', stderr: '' });
      sender.type('two\n');
      sender.endInput();
      expect(await receive(name).ended).toMatchObject({ status: 0, stdout: 'two\n' });
      expect(await sender.ended).toMatchObject({ status: 0, stderr: '' });
    },
  );

  it('nobody to receive: the sender waits, and takes no more input than there is room for', async () => {
    const name = uniqueName('pressure');
    const sender = send(name, '--capacity', '10000');
    const line = `${'x'.repeat(999)}\n`;
    let taken = 0;
    const feed = () => {
      while (taken < 100_000_000 && sender.process.stdin!.write(line.repeat(100))) taken += 100 * line.length;
    };
    sender.process.stdin!.on('drain', feed);
    feed();
    using consumer = Channel.consumer(name);
    await eventually('the sender has filled the channel', () => consumer.tryReceive() !== undefined);
    // Nobody receives any more: what is taken now fits the channel and the buffers between.
    let before = -1;
    await eventually('the sender takes no more', async () => {
      const stands = before === taken;
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return stands && before === taken;
    });
    expect(taken).toBeLessThan(10_000_000);
    expect(sender.process.exitCode).toBeNull();
  });
});

describe('wrong command lines', () => {
  it.each([
    [['channel']],
    [['channel', 'send']],
    [['channel', 'send', 'x', '--raw', '--message', 'y']],
    [['channel', 'send', 'Local\\x', '--global']],
    [['channel', 'receive', 'x', '--raw', '--json']],
    [['channel', 'receive', 'x', '--count', '0']],
    [['channel', 'send', 'x', '--capacity', '0']],
  ])('%j', async (args) => {
    await failed(args, 'USAGE');
  });

  it.each([[['channel', 'send', 'a\\b']], [['channel', 'receive', 'x'.repeat(261)]]])('%j', async (args) => {
    await failed(args, 'INVALID_ARGUMENT');
  });

  it('a name that an event has', async () => {
    using event = SharedEvent.create(uniqueName('event'));
    for (const command of [['send', '--message=x'], ['receive']] as const) {
      const [verb, ...rest] = command;
      expect(await failed(['channel', verb, event.name, ...rest], 'INVALID_HANDLE')).toContain(
        `'${event.name}' is the name of an event, not of a channel`,
      );
    }
  });

  it('a channel with less room: its name as the other commands show it', async () => {
    using consumer = Channel.consumer(uniqueName('small'), { capacityBytes: 1000 });
    expect(
      await failed(
        ['channel', 'send', consumer.name, '--capacity', '5000', '--message=x'],
        'INVALID_ARGUMENT',
      ),
    ).toContain(`the channel '${consumer.name}' exists`);
  });

  it('a message that the channel has no room for, before any is sent', async () => {
    using consumer = Channel.consumer(uniqueName('long'), { capacityBytes: 1000 });
    const messages = ['--message=short', `--message=${'x'.repeat(consumer.capacityBytes + 1)}`];
    expect(await failed(['channel', 'send', consumer.name, ...messages], 'TOO_LARGE')).toContain(
      `a message is longer than the ${consumer.capacityBytes} bytes that the channel has room for; use --capacity`,
    );
    expect(consumer.tryReceive()).toBeUndefined();
  });
});
