/** Channel as its callers see it, with both sides in one thread: what each call gives, waits for and refuses. */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nativeOs } from '../../../src/os/native.js';
import { Channel, type ChannelOptions, type ConsumerOptions } from '../../../src/shared/channel/index.js';
import { failure, rejection } from '../../support/failure.js';
import { randomBytes, runs } from '../../support/seed.js';
import { freshName } from './channels.js';

function producer(name: string, options: ChannelOptions = {}) {
  const opened = Channel.producer(name, options);
  onTestFinished(() => opened.close());
  return opened;
}

function consumer(name: string, options: ConsumerOptions = {}) {
  const opened = Channel.consumer(name, options);
  onTestFinished(() => opened.close());
  return opened;
}

function pair(options: ChannelOptions = {}) {
  const name = freshName();
  return { name, out: producer(name, options), inn: consumer(name) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('sending and receiving', () => {
  it('gives bytes, text, sequence and producer', async () => {
    const { out, inn } = pair();
    await out.send('hello');
    await out.send(Buffer.of(0, 255));
    expect(await inn.receive()).toMatchObject({ sequence: 0, producer: out.number, redelivered: false });
    const second = await inn.receive();
    expect(second?.bytes).toEqual(Buffer.of(0, 255));
    expect(String(second)).toBe('\0\ufffd');
    expect(second?.sequence).toBe(1);
  });

  it('takes messages of every size up to the capacity, and none above it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        async (capacityBytes, shares) => {
          const name = freshName();
          using out = Channel.producer(name, { capacityBytes });
          using inn = Channel.consumer(name);
          expect(out.capacityBytes).toBeGreaterThanOrEqual(capacityBytes);
          expect(inn.capacityBytes).toBe(out.capacityBytes);
          for (const share of [0, 1, ...shares]) {
            const bytes = randomBytes(Math.round(share * out.capacityBytes));
            await out.send(bytes);
            expect((await inn.receive())?.bytes.equals(bytes)).toBe(true);
          }
          const { message } = await rejection(out.send(Buffer.alloc(out.capacityBytes + 1)), 'TOO_LARGE');
          expect(message).toContain(`at most ${out.capacityBytes}`);
        },
      ),
      runs(15),
    );
  });

  it('waits while the ring is full, sends in order, and keeps memory bounded', async () => {
    const { out, inn } = pair({ capacityBytes: 1024 });
    let settled = 0;
    const sendings = Array.from({ length: 200 }, (_, index) =>
      out.send(Buffer.alloc(100, index)).then(() => settled++),
    );
    await turn();
    await turn();
    expect(settled).toBeLessThan(12);
    expect(out.trySend('x'), 'an earlier send waits').toBe(false);
    for (let index = 0; index < 200; index++) expect((await inn.receive())?.bytes[0]).toBe(index);
    await Promise.all(sendings);
    expect(settled).toBe(200);
  });

  it('copies what is sent: the sender may use its bytes again', async () => {
    const { out, inn } = pair();
    const bytes = Buffer.from('first');
    await out.send(bytes);
    bytes.fill('x');
    expect(String(await inn.receive())).toBe('first');
  });

  it('tries without waiting', () => {
    const { out, inn } = pair({ capacityBytes: 64 });
    expect(inn.tryReceive()).toBeUndefined();
    expect(out.trySend(Buffer.alloc(64))).toBe(true);
    expect(out.trySend('')).toBe(false);
    expect(inn.tryReceive()?.bytes).toEqual(Buffer.alloc(64));
    expect(out.trySendMany(['a', 'b', 'c', 'd'])).toBe(2);
    expect(out.trySendMany(['a', 'b', 'c', 'd'], 2)).toBe(0);
  });

  it('sends and receives many at a time', async () => {
    const { out, inn } = pair({ capacityBytes: 256 });
    const texts = Array.from({ length: 100 }, (_, index) => `message ${index}`);
    const sending = out.sendMany(texts).then(() => out.close());
    const received: string[] = [];
    for (;;) {
      const messages = await inn.receiveMany(7);
      expect(messages.length).toBeLessThanOrEqual(7);
      if (messages.length === 0) break;
      received.push(...messages.map(String));
    }
    await sending;
    expect(received).toEqual(texts);
    await rejection(inn.receiveMany(0), 'INVALID_ARGUMENT');
  });

  it('tells when everything was removed', async () => {
    const { out, inn } = pair();
    await out.drained();
    await out.sendMany(['a', 'b']);
    let drained = false;
    const waiting = out.drained().then(() => {
      drained = true;
    });
    await inn.receive();
    await turn();
    expect(drained).toBe(false);
    await inn.receive();
    await waiting;
  });

  it('gives the event loop its turns, however much there is to do', async () => {
    const { out, inn } = pair({ capacityBytes: 4096 });
    let turns = 0;
    let working = true;
    const count = () => {
      turns++;
      if (working) setImmediate(count);
    };
    setImmediate(count);
    for (let index = 0; index < 50_000; index++) {
      await out.send('x');
      await inn.receive();
    }
    working = false;
    expect(turns).toBeGreaterThan(3);
  });

  it('divides messages among consumers, each to one', async () => {
    const name = freshName();
    const out = producer(name);
    const consumers = [consumer(name), consumer(name), consumer(name)];
    const received: number[] = [];
    const receiving = consumers.map(async (inn) => {
      for await (const message of inn) received.push(message.sequence);
    });
    for (let index = 0; index < 300; index++) {
      await out.send('x');
      if (index % 10 === 0) await turn();
    }
    out.close();
    await Promise.all(receiving);
    expect(received.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index));
  });
});

describe('the end of the stream', () => {
  it('comes after what is left, when the last producer has closed', async () => {
    const { name, out, inn } = pair();
    const other = producer(name);
    await out.send('last');
    out.close();
    expect(String(await inn.receive())).toBe('last');
    const waiting = inn.receive();
    other.close();
    expect(await waiting).toBeUndefined();
    expect(await inn.receive()).toBeUndefined();
    const late = producer(name);
    await late.send('more');
    expect(String(await inn.receive())).toBe('more');
  });

  it('does not come before a producer was there, nor to one who follows', async () => {
    const name = freshName();
    const inn = consumer(name);
    await rejection(inn.receive({ timeoutMs: 20 }), 'TIMEOUT');
    const following = consumer(freshName(), { follow: true });
    producer(following.name).close();
    await rejection(following.receive({ timeoutMs: 20 }), 'TIMEOUT');
  });

  it('ends a loop', async () => {
    const { out, inn } = pair();
    await out.sendMany(['a', 'b', 'c']);
    out.close();
    const texts: string[] = [];
    for await (const message of inn) texts.push(String(message));
    expect(texts).toEqual(['a', 'b', 'c']);
    expect(inn.tryReceive()).toBeUndefined();
  });
});

describe('messages that stay in the ring until they are done', () => {
  it('a loop that is left gives its message back, marked', async () => {
    const { out, inn } = pair();
    await out.sendMany(['a', 'b', 'c']);
    const seen: string[] = [];
    for await (const message of inn) {
      seen.push(String(message));
      if (seen.length === 2) break;
    }
    const again = await inn.receive();
    expect([seen, String(again), again?.redelivered, again?.sequence]).toEqual([['a', 'b'], 'b', true, 1]);
    expect(await inn.receive()).toMatchObject({ sequence: 2, redelivered: false });
  });

  it('taken bytes lie in the ring, others go on meanwhile, and room comes back in order', async () => {
    const { name, out, inn } = pair({ capacityBytes: 160 });
    const other = consumer(name);
    await out.sendMany(['one', 'two', 'three']);
    const first = await inn.take();
    expect(String(await other.receive())).toBe('two');
    expect(String(first)).toBe('one');
    expect(out.trySend(Buffer.alloc(160)), 'the first still has its room').toBe(false);
    first!.done();
    first!.done();
    const third = (await other.take())!;
    third.putBack();
    third.done();
    expect(await inn.receive()).toMatchObject({ sequence: 2, redelivered: true });
    expect(out.trySend(Buffer.alloc(160))).toBe(true);
  });

  it('using removes it at the end of the block', async () => {
    const { out, inn } = pair();
    await out.sendMany(['a', 'b']);
    {
      using message = await inn.take();
      expect(String(message)).toBe('a');
    }
    expect(String(await inn.receive())).toBe('b');
    expect(inn.tryReceive()).toBeUndefined();
  });

  it('a consumer that closes gives back what it had', async () => {
    const { name, out, inn } = pair();
    const other = consumer(name);
    await out.sendMany(['a', 'b']);
    const taken = await other.take();
    expect(String(await inn.receive())).toBe('b');
    const waiting = inn.receive();
    other.close();
    taken!.done();
    expect(await waiting).toMatchObject({ sequence: 0, redelivered: true });
  });
});

describe('waiting', () => {
  it('ends by a timeout, by a signal, and by closing', async () => {
    const { out, inn } = pair({ capacityBytes: 16 });
    await rejection(inn.receive({ timeoutMs: 10 }), 'TIMEOUT');
    const reason = new Error('enough');
    await expect(inn.receive({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = [inn.receive({ signal: controller.signal }), inn.take({ signal: controller.signal })];
    await turn();
    controller.abort(reason);
    for (const wait of waiting) await expect(wait).rejects.toBe(reason);

    await out.send(Buffer.alloc(16));
    await rejection(out.send('', { timeoutMs: 10 }), 'TIMEOUT');
    const full = out.send('not sent');
    await turn();
    out.close();
    await rejection(full, 'CLOSED');
    expect((await inn.receive())?.bytes).toHaveLength(16);
    expect(await inn.receive()).toBeUndefined();
    const last = inn.receive.bind(inn);
    inn.close();
    await rejection(last(), 'CLOSED');
  });

  it('that was given up takes nothing from those behind it', async () => {
    const { out, inn } = pair();
    const controller = new AbortController();
    const first = inn.receive({ signal: controller.signal });
    const second = inn.receive();
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    await expect(first).rejects.toThrow();
    await out.send('x');
    expect(String(await second)).toBe('x');
  });

  it('leaves the event loop free', async () => {
    const { out, inn } = pair();
    const waiting = inn.receive();
    let ticks = 0;
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (++ticks < 20) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await out.send('x');
    expect(String(await waiting)).toBe('x');
  });
});

describe('opening and closing', () => {
  it('refuses what makes no sense', () => {
    for (const name of ['', 'a\\b', 'x'.repeat(245), 'Local\\', 'a\0b']) {
      failure(() => Channel.producer(name), 'INVALID_ARGUMENT');
    }
    const name = freshName();
    const wrong: object[] = [
      { capacityBytes: 0 },
      { capacityBytes: -1 },
      { capacityBytes: 2 ** 31 },
      { capacityBytes: 1.5 },
      { access: 'nobody' },
      { onPeerLost: 1 },
      { folow: true },
    ];
    for (const options of wrong)
      failure(() => Channel.consumer(name, options as ConsumerOptions), 'INVALID_ARGUMENT');
    failure(() => Channel.consumer(name, { follow: 1 } as never), 'INVALID_ARGUMENT');
    failure(() => Channel.producer(name, { follow: true } as never), 'INVALID_ARGUMENT');
    failure(() => Channel.producer(7 as never), 'INVALID_ARGUMENT');
  });

  it('refuses messages and limits that are none', async () => {
    const { out, inn } = pair();
    for (const message of [undefined, null, 5, {}, [1], new Uint16Array(2), new ArrayBuffer(2)]) {
      await rejection(out.send(message as never), 'INVALID_ARGUMENT');
      failure(() => out.trySend(message as never), 'INVALID_ARGUMENT');
    }
    for (const list of [undefined, null, 5, 'abc', {}, Buffer.from('abc'), new Set(['abc']), ['a', 5]]) {
      await rejection(out.sendMany(list as never), 'INVALID_ARGUMENT');
      failure(() => out.trySendMany(list as never), 'INVALID_ARGUMENT');
    }
    for (const options of [
      { timeoutMs: -1 },
      { timeoutMs: Number.NaN },
      { signal: {} },
      { timeout: 5 },
      null,
    ]) {
      await rejection(inn.receive(options as never), 'INVALID_ARGUMENT');
    }
  });

  it('finds the capacity of those who came first', () => {
    const { name, out } = pair({ capacityBytes: 1000 });
    expect(out.capacityBytes).toBe(1008);
    expect(producer(name, { capacityBytes: 1008 }).capacityBytes).toBe(1008);
    const { message } = failure(() => Channel.consumer(name, { capacityBytes: 1009 }), 'INVALID_ARGUMENT');
    expect(message).toContain('1008');
  });

  it('closing twice is harmless, using afterwards is CLOSED', async () => {
    const { out, inn } = pair();
    await out.send('x');
    const taken = (await inn.take())!;
    for (const side of [out, inn, out, inn]) side.close();
    expect([out.closed, inn.closed]).toEqual([true, true]);
    taken.done();
    taken.putBack();
    for (const use of [
      out.send('x'),
      out.sendMany([]),
      out.drained(),
      inn.receive(),
      inn.take(),
      inn.receiveMany(),
    ]) {
      await rejection(use as Promise<unknown>, 'CLOSED');
    }
    await rejection(inn[Symbol.asyncIterator]().next(), 'CLOSED');
    failure(() => out.trySend('x'), 'CLOSED');
    failure(() => inn.tryReceive(), 'CLOSED');
    failure(() => out.consumers, 'CLOSED');
    failure(() => inn.producers, 'CLOSED');
  });

  it('leaves nothing behind', async () => {
    const { name, out, inn } = pair();
    await out.send('x');
    await inn.receive();
    out.close();
    inn.close();
    expect(
      nativeOs()
        .listNamedObjects()
        .filter((object) => object.name.includes(name)),
    ).toEqual([]);
  });

  it('has room for 32 peers, and counts them', () => {
    const name = freshName();
    const first = producer(name);
    const watching = consumer(name);
    const others = Array.from({ length: 30 }, (_, index) =>
      index % 3 === 0 ? producer(name) : consumer(name),
    );
    expect([watching.producers, first.consumers]).toEqual([11, 21]);
    const { message } = failure(() => Channel.producer(name), 'TOO_MANY_OPEN');
    expect(message).toContain('32');
    others[0]!.close();
    expect(watching.producers).toBe(10);
    producer(name);
  });
});
