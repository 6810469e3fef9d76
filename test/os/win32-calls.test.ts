/**
 * The calls as functions (src/os/win32.ts): each does what the implementation does, and none ignores an argument. What is
 * given too much is what a word-for-word translation from C gives.
 */
import { describe, expect, it } from 'vitest';
import * as win32 from '../../src/os/index.js';
import { uniqueName } from '../shared/names.js';
import { failure, rejection } from '../support/failure.js';

const { FILE_MAP_ALL_ACCESS, INFINITE, PAGE_READWRITE } = win32;

type AnyCall = (...args: unknown[]) => unknown;
const CALLS: Record<string, unknown> = { ...win32 };

describe('arguments as C has them are refused, and nothing is done', () => {
  const name = uniqueName('ported');

  it.each([
    ['createFile', ['x', 0, 0, null, 3, 128, null], '6 arguments here, not 7', 'no template file'],
    ['createFileMapping', [-1, null, PAGE_READWRITE, 0, 256, name], '5 arguments here, not 6', 'one number'],
    [
      'mapViewOfFile',
      [null, FILE_MAP_ALL_ACCESS, 0, 0, 256],
      '(mapping, desiredAccess, offset, length)',
      'one number',
    ],
    ['mapViewOfFileEx', [null, FILE_MAP_ALL_ACCESS, 0, 0, 256, null], 'baseAddress)', 'one number'],
    ['createEvent', [null, true, false, name, 'junk'], '4 arguments here, not 5', 'manualReset'],
    ['createMutex', [null, true, name, 0], '3 arguments here, not 4', 'initialOwner'],
    ['waitForMultipleObjects', [1, [null], true, INFINITE], '3 arguments here, not 4', 'its own length'],
    ['getFileSizeEx', [null, {}], '1 argument here, not 2', 'is returned'],
    ['getSystemInfo', [{}], '0 arguments here, not 1', 'is returned'],
  ] as const)('%s', (call, args, ...words) => {
    const { message } = failure(() => (CALLS[call] as AnyCall)(...args), 'INVALID_ARGUMENT');
    expect(message).toMatch(new RegExp(`^${call} takes `));
    for (const word of words) expect(message).toContain(word);
    expect(win32.listNamedObjects().filter((object) => object.name.endsWith(name))).toEqual([]);
  });

  it('by a promise where the call gives one', async () => {
    const wait = win32.waitForSingleObjectAsync as (...args: unknown[]) => Promise<number>;
    const { message } = await rejection(wait(null, 0, undefined, 'junk'), 'INVALID_ARGUMENT');
    expect(message).toContain('(handle, milliseconds, signal)');
  });
});

it('a signal may be given or left out', async () => {
  const event = win32.createEvent(null, true, true, null);
  expect(await win32.waitForSingleObjectAsync(event, 0)).toBe(win32.WAIT_OBJECT_0);
  const { signal } = new AbortController();
  expect(await win32.waitForSingleObjectAsync(event, 0, signal)).toBe(win32.WAIT_OBJECT_0);
  expect(await win32.waitForMultipleObjectsAsync([event], true, 0, signal)).toBe(win32.WAIT_OBJECT_0);
  win32.closeHandle(event);
});

it('calls on one handle go with forEach, which gives three arguments', () => {
  const events = [1, 2].map(() => win32.createEvent(null, true, false, null));
  events.forEach(win32.setEvent);
  expect(win32.waitForMultipleObjects(events, true, 0)).toBe(win32.WAIT_OBJECT_0);
  events.forEach(win32.resetEvent);
  expect(win32.waitForMultipleObjects(events, false, 0)).toBe(win32.WAIT_TIMEOUT);
  events.forEach(win32.closeHandle);
  expect(events.every(({ closed }) => closed)).toBe(true);
});

it('every call of the contract is there', () => {
  const os = win32.nativeOs() as unknown as Record<string, unknown>;
  const offered = Object.keys(win32).filter((name) => typeof os[name] === 'function');
  const all = new Set<string>();
  for (let at: object = os; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (typeof os[name] === 'function') all.add(name);
  }
  all.delete('constructor');
  expect(offered.sort()).toEqual([...all].sort());
});
