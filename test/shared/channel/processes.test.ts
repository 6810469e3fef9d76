/**
 * Channel between processes and threads: who is killed is noticed by the other side at once, also while it does nothing,
 * and leaves neither a torn message nor a lock behind; who comes at the same time meets in one channel.
 *
 * Kills come at random moments; the seed says which, the machine decides where in the work they strike.
 */
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nativeOs } from '../../../src/os/native.js';
import { Channel } from '../../../src/shared/channel/index.js';
import type { ChannelRequest, Received } from '../../processes/channel-peer.js';
import type { Child } from '../../support/child.js';
import { processPath } from '../../support/child.js';
import { failure, rejection } from '../../support/failure.js';
import { random, runs, SEED } from '../../support/seed.js';
import { freshName, startPeer } from './channels.js';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function startProducer(
  name: string,
  capacityBytes = 4096,
): Promise<{ child: Child<ChannelRequest>; number: number }> {
  const child = startPeer();
  const number = await child.ask<number>({ do: 'produce', name, capacityBytes });
  return { child, number };
}

async function startConsumer(name: string): Promise<Child<ChannelRequest>> {
  const child = startPeer();
  await child.ask({ do: 'consume', name });
  return child;
}

const received = (child: Child<ChannelRequest>, timeoutMs?: number) =>
  child.ask<Received | null>({ do: 'receive', ...(timeoutMs !== undefined && { timeoutMs }) });

describe('a producer that is killed', () => {
  it('is told once to a consumer that waits, after what it sent', async () => {
    const name = freshName();
    const lost: unknown[] = [];
    using inn = Channel.consumer(name, { onPeerLost: (peer) => lost.push(peer) });
    const { child, number } = await startProducer(name);
    await child.ask({ do: 'send', text: 'last words' });
    const words = await inn.receive();
    const waiting = rejection(inn.receive(), 'PEER_LOST');
    await pause(20);
    await child.kill();
    const { message } = await waiting;
    expect([String(words), words?.producer]).toEqual(['last words', number]);
    expect(message).toContain(name);
    expect(lost).toEqual([{ role: 'producer', number }]);
    await rejection(inn.receive({ timeoutMs: 20 }), 'TIMEOUT');

    const next = await startProducer(name);
    const again = inn.receive();
    await next.child.ask({ do: 'send', text: 'here again' });
    expect(String(await again)).toBe('here again');
    await next.child.ask({ do: 'close' });
    expect(await inn.receive()).toBeUndefined();
  });

  it('leaves what it sent to a consumer that comes later, as long as somebody holds the channel', async () => {
    const name = freshName();
    using _other = Channel.producer(name);
    const { child } = await startProducer(name);
    await child.ask({ do: 'send', text: 'still there' });
    await child.kill();
    using inn = Channel.consumer(name);
    expect(String(await inn.receive())).toBe('still there');
    expect(inn.producers).toBe(1);
  });

  it('at any moment of its work leaves whole messages and no lock', { timeout: 180_000 }, async () => {
    const name = freshName();
    const next = random(SEED);
    using inn = Channel.consumer(name, { follow: true, capacityBytes: 4096 });
    using own = Channel.producer(name);
    let sequence = 0;
    const take = async () => {
      const message = (await inn.receive({ timeoutMs: 20_000 }))!;
      expect(message.sequence).toBe(sequence++);
      return message;
    };
    for (let round = 0; round < runs(12).numRuns; round++) {
      const { child } = await startProducer(name);
      const lengthBytes = next(3000);
      await child.ask({ do: 'flood', lengthBytes });
      const stop = performance.now() + next(60);
      while (performance.now() < stop) {
        const { bytes } = await take();
        expect(bytes.length === lengthBytes && bytes.every((byte) => byte === 0x61), `seed ${SEED}`).toBe(
          true,
        );
      }
      const killed = child.kill();
      const marker = own.send(`marker ${round}`, { timeoutMs: 20_000 });
      for (;;) {
        const { bytes } = await take();
        if (String(bytes) === `marker ${round}`) break;
        expect(bytes.length === lengthBytes && bytes.every((byte) => byte === 0x61), `seed ${SEED}`).toBe(
          true,
        );
      }
      await Promise.all([marker, killed]);
      // What it still sent after the marker, before it was gone.
      for (let left = inn.tryReceive(); left; left = inn.tryReceive()) expect(left.sequence).toBe(sequence++);
    }
  });
});

describe('a consumer that is killed', () => {
  it('is told once to producers that wait for room', async () => {
    const name = freshName();
    const lost: unknown[] = [];
    using out = Channel.producer(name, { capacityBytes: 64, onPeerLost: (peer) => lost.push(peer) });
    const child = await startConsumer(name);
    await out.send(Buffer.alloc(64));
    const waiting = [rejection(out.send('not sent'), 'PEER_LOST'), rejection(out.drained(), 'PEER_LOST')];
    await pause(20);
    await child.kill();
    await Promise.all(waiting);
    expect(lost).toHaveLength(1);
    await rejection(out.send('', { timeoutMs: 20 }), 'TIMEOUT');
    const successor = await startConsumer(name);
    const sent = out.send('sent');
    expect((await received(successor))?.sequence).toBe(0);
    await sent;
    expect(await received(successor)).toMatchObject({ text: 'sent', sequence: 1, redelivered: false });
  });

  it('leaves what it had taken to its successor, marked', async () => {
    const name = freshName();
    using out = Channel.producer(name);
    const child = await startConsumer(name);
    await out.sendMany(['a', 'b', 'c']);
    expect(await child.ask<Received>({ do: 'take' })).toMatchObject({ text: 'a', redelivered: false });
    expect(await child.ask<Received>({ do: 'take' })).toMatchObject({ text: 'b' });
    const successor = await startConsumer(name);
    expect(await received(successor)).toMatchObject({ text: 'c' });
    const waiting = received(successor);
    await pause(20);
    await child.kill();
    expect(await waiting).toMatchObject({ text: 'a', sequence: 0, redelivered: true });
    expect(await received(successor)).toMatchObject({ text: 'b', sequence: 1, redelivered: true });
    expect(await successor.ask<string[]>({ do: 'lost' })).toHaveLength(1);
  });

  it('at any moment of its work leaves no lock, and the rest in order', { timeout: 180_000 }, async () => {
    const name = freshName();
    const next = random(SEED + 1);
    using out = Channel.producer(name, { capacityBytes: 4096 });
    using inn = Channel.consumer(name);
    let sent = 0;
    let before = -1;
    const takeRest = () => {
      for (let left = inn.tryReceive(); left; left = inn.tryReceive()) {
        expect(left.sequence, `seed ${SEED}`).toBeGreaterThan(before);
        expect(left.bytes.every((byte) => byte === (left.sequence & 0xff))).toBe(true);
        before = left.sequence;
      }
    };
    for (let round = 0; round < runs(12).numRuns; round++) {
      const child = await startConsumer(name);
      await child.ask({ do: 'drain' });
      const stop = performance.now() + next(60);
      while (performance.now() < stop) {
        await out.send(Buffer.alloc(next(200), sent & 0xff), { timeoutMs: 20_000 });
        sent++;
      }
      const killed = child.kill();
      // The ring may be full, and who made room is gone.
      const last = out.send(Buffer.alloc(1, sent++ & 0xff), { timeoutMs: 20_000 });
      await killed;
      for (let settled = false; !settled; ) {
        takeRest();
        settled = await Promise.race([last.then(() => true), pause(1).then(() => false)]);
      }
      takeRest();
      await out.drained({ timeoutMs: 20_000 });
    }
    expect(sent).toBeGreaterThan(100);
  });
});

describe('several processes', () => {
  it('that open a channel at the same time meet in one, also when some are killed while they do', {
    timeout: 120_000,
  }, async () => {
    for (let round = 0; round < runs(4).numRuns; round++) {
      const name = freshName();
      const children = Array.from({ length: 5 }, startPeer);
      await Promise.all(children.map((child) => child.ask({ do: 'peers' })));
      const doomed = children.slice(3);
      const opened = children
        .slice(0, 3)
        .map((child, index) =>
          index < 2 ? child.ask({ do: 'produce', name }) : child.ask({ do: 'consume', name, follow: true }),
        );
      const killed = doomed.map(async (child) => {
        child.ask({ do: 'produce', name }).catch(() => {});
        await pause(random(SEED + round)(4));
        await child.kill();
      });
      await Promise.all([...opened, ...killed]);
      const [one, two, consumer] = children as [
        Child<ChannelRequest>,
        Child<ChannelRequest>,
        Child<ChannelRequest>,
      ];
      await one.ask({ do: 'send', text: 'from one' });
      await two.ask({ do: 'send', text: 'from two' });
      expect([(await received(consumer))?.text, (await received(consumer))?.text]).toEqual([
        'from one',
        'from two',
      ]);
      for (const child of children.slice(0, 3)) await child.ask({ do: 'close' });
      const left = nativeOs().listNamedObjects();
      expect(left.filter((object) => object.name.includes(name))).toEqual([]);
    }
  });

  it('that are all killed leave nothing, and the name is free', async () => {
    const name = freshName();
    const { child } = await startProducer(name, 4096);
    const consumer = await startConsumer(name);
    await child.ask({ do: 'send', text: 'lost with its channel' });
    await Promise.all([child.kill(), consumer.kill()]);
    using out = Channel.producer(name, { capacityBytes: 100_000 });
    expect([out.capacityBytes, out.consumers, out.trySend('first')]).toEqual([100_000, 0, true]);
  });

  it('a process that ends by itself closes its sides', async () => {
    const name = freshName();
    using inn = Channel.consumer(name);
    const { child } = await startProducer(name);
    await child.ask({ do: 'send', text: 'bye' });
    expect(await child.end()).toBe(0);
    expect(String(await inn.receive())).toBe('bye');
    expect(await inn.receive()).toBeUndefined();
  });

  it('sleeping ones are woken, each for what it waits for', { timeout: 120_000 }, async () => {
    const name = freshName();
    const consumers = await Promise.all([startConsumer(name), startConsumer(name), startConsumer(name)]);
    using out = Channel.producer(name, { capacityBytes: 4096 });
    for (let round = 0; round < 10; round++) {
      const waiting = consumers.map((child) => received(child, 30_000));
      await pause(10);
      for (let index = 0; index < 3; index++) await out.send(`${round}`);
      expect((await Promise.all(waiting)).map((message) => message?.text)).toEqual([
        `${round}`,
        `${round}`,
        `${round}`,
      ]);
    }
  });
});

describe('threads', () => {
  it('are peers like processes: a Worker that is terminated was lost', async () => {
    const name = freshName();
    using inn = Channel.consumer(name);
    const source = `
      import { Channel } from ${JSON.stringify(
        new URL(
          `file://${processPath('channel-peer')
            .replaceAll('\\', '/')
            .replace(/^(?=[A-Za-z]:)/, '/')}`,
        ).href.replace('/test/processes/channel-peer.js', '/src/shared/channel/index.js'),
      )};
      import { workerData } from 'node:worker_threads';
      const out = Channel.producer(workerData);
      await out.sendMany(['a', 'b']);
      setInterval(() => {}, 1000);
    `;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`), {
      workerData: name,
    });
    onTestFinished(async () => {
      await worker.terminate();
    });
    expect([String(await inn.receive()), String(await inn.receive())]).toEqual(['a', 'b']);
    const waiting = rejection(inn.receive(), 'PEER_LOST');
    await worker.terminate();
    await waiting;
    failure(() => {
      inn.close();
      inn.tryReceive();
    }, 'CLOSED');
  });
});
