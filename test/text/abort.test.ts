/** Listening to a signal: one listener for all who wait, and none when nobody does. */
import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { onAbort, pause } from '../../src/text/abort.js';

const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

it('a signal has one listener while anybody waits, and none afterwards', async () => {
  const { signal } = new AbortController();
  const undo = Array.from({ length: 20 }, () => onAbort(signal, () => {}));
  expect(listeners(signal)).toBe(1);
  for (const each of undo.slice(1)) each();
  expect(listeners(signal)).toBe(1);
  undo[0]!();
  undo[0]!();
  expect(listeners(signal)).toBe(0);
  await pause(1, signal);
  expect(listeners(signal)).toBe(0);
});

it('all who wait are told, also those who came after others had left', () => {
  const controller = new AbortController();
  const told: number[] = [];
  onAbort(controller.signal, () => told.push(0))();
  for (const each of [1, 2]) onAbort(controller.signal, () => told.push(each));
  controller.abort();
  expect(told).toEqual([1, 2]);
});
