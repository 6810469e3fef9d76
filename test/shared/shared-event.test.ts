/** SharedEvent: set, reset and waits, within a process and between processes. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { SharedEvent, type SharedEventOptions } from '../../src/index.js';
import type { SharedRequest } from '../processes/shared.js';
import { Child } from '../support/child.js';
import { inTime } from '../support/eventually.js';
import { failure, rejection } from '../support/failure.js';
import { uniqueName } from './names.js';

function created(options: SharedEventOptions = {}): SharedEvent {
  const event = SharedEvent.create(uniqueName('event'), options);
  onTestFinished(() => event.close());
  return event;
}

const now = { timeoutMs: 0 };

describe('an event under a name', () => {
  it('is created once, opened by its name, and gone with its last holder', () => {
    const name = uniqueName('event');
    failure(() => SharedEvent.open(name), 'NOT_FOUND');
    const event = SharedEvent.create(name, { manualReset: true, signaled: true });
    expect([event.name, event.created, event.closed]).toEqual([`Local\\${name}`, true, false]);
    failure(() => SharedEvent.create(name), 'ALREADY_EXISTS');
    const other = SharedEvent.openOrCreate(name);
    expect(other.created).toBe(false);
    // In its own state, and of its own kind of reset.
    expect([other.waitSync(0), other.waitSync(0)]).toEqual([true, true]);
    event.close();
    event.close();
    SharedEvent.open(name).close();
    other.close();
    failure(() => SharedEvent.open(name), 'NOT_FOUND');
  });

  it('refuses options that there are not', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: arguments that the types forbid
    const create = SharedEvent.create as any;
    failure(() => create(uniqueName(), { manual: true }), 'INVALID_ARGUMENT');
    failure(() => create(uniqueName(), { manualReset: 1 }), 'INVALID_ARGUMENT');
    failure(() => create(uniqueName(), { access: 'me' }), 'INVALID_ARGUMENT');
    const event = created();
    await rejection(event.wait({ timeoutMs: -1 }), 'INVALID_ARGUMENT');
    failure(() => event.waitSync(0.5), 'INVALID_ARGUMENT');
    await rejection(SharedEvent.waitAny([]), 'INVALID_ARGUMENT');
    await rejection(SharedEvent.waitAny([event, event]), 'INVALID_ARGUMENT');
    // biome-ignore lint/suspicious/noExplicitAny: no events
    await rejection(SharedEvent.waitAll([7] as any), 'INVALID_ARGUMENT');
    // biome-ignore lint/suspicious/noExplicitAny: no array
    await rejection(SharedEvent.waitAll(event as any), 'INVALID_ARGUMENT');
  });
});

describe('waiting', () => {
  it('lets one through for each set, or with manual reset all until it is reset', async () => {
    const one = created();
    expect(await one.wait(now)).toBe(false);
    one.set();
    one.set();
    expect([one.waitSync(0), one.waitSync(0)]).toEqual([true, false]);
    one.set();
    one.reset();
    expect(await one.wait(now)).toBe(false);
    const all = created({ manualReset: true });
    const waits = [all.wait(), all.wait(), all.wait()];
    all.set();
    expect(await Promise.all(waits)).toEqual([true, true, true]);
    expect(all.waitSync()).toBe(true);
    all.reset();
    expect(all.waitSync(0)).toBe(false);
  });

  it('leaves the event loop free, and ends by timeout, signal and close without having consumed anything', async () => {
    const event = created();
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    expect(await event.wait({ timeoutMs: 50 })).toBe(false);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(0);
    const reason = new Error('enough');
    const over = new AbortController();
    const waiting = event.wait({ signal: over.signal });
    over.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    const other = SharedEvent.open(event.name);
    const closing = other.wait();
    other.close();
    await rejection(closing, 'CLOSED');
    event.set();
    expect(event.waitSync(0)).toBe(true);
    event.close();
    await rejection(event.wait(), 'CLOSED');
    for (const use of [() => event.set(), () => event.reset(), () => event.waitSync(0)])
      failure(use, 'CLOSED');
  });

  it('waits for any of several, or for all', async () => {
    const events = [created(), created(), created()] as const;
    expect(await SharedEvent.waitAny(events, now)).toBeUndefined();
    events[2].set();
    events[1].set();
    expect(await SharedEvent.waitAny(events)).toBe(1);
    expect(await SharedEvent.waitAll(events, now)).toBe(false);
    events[0].set();
    const all = SharedEvent.waitAll(events);
    events[1].set();
    expect(await all).toBe(true);
    expect(await SharedEvent.waitAny(events, now)).toBeUndefined();
  });

  it('is between processes, in both directions', async () => {
    const [here, there] = [created(), created()];
    const child = Child.start<SharedRequest>('shared');
    expect(await child.ask({ do: 'wait', name: there.name, timeoutMs: 0 })).toBe(false);
    const waiting = child.ask({ do: 'wait', name: there.name });
    there.set();
    expect(await inTime('the event here', waiting)).toBe(true);
    const waitingHere = here.wait();
    await child.ask({ do: 'set', name: here.name });
    expect(await inTime('the event there', waitingHere)).toBe(true);
    expect(here.waitSync(0)).toBe(false);
  });
});
