/** How long to wait, as callers say it: the blocking waits take the number, the asynchronous ones `{ timeoutMs }`. */
import { expect, it, onTestFinished } from 'vitest';
import { SharedEvent, SharedMutex } from '../../src/index.js';
import { failure, rejection } from '../support/failure.js';
import { uniqueName } from './names.js';

it('options given to a blocking wait are refused, and the message shows the number', () => {
  const mutex = SharedMutex.create(uniqueName());
  const event = SharedEvent.create(uniqueName());
  onTestFinished(() => {
    mutex.close();
    event.close();
  });
  for (const options of [{ timeoutMs: 5 }, {}, null, [5]]) {
    for (const wait of [
      () => mutex.lockSync(options as unknown as number),
      () => event.waitSync(options as unknown as number),
    ]) {
      const { message } = failure(wait, 'INVALID_ARGUMENT');
      expect(message).toContain('timeoutMs of a blocking wait is a number of its own');
      expect(message).toContain('pass 5000, not { timeoutMs: 5000 }');
    }
  }
  mutex.lockSync(0).release();
});

it('a number given to an asynchronous wait is refused', async () => {
  const event = SharedEvent.create(uniqueName());
  onTestFinished(() => event.close());
  const { message } = await rejection(event.wait(5 as never), 'INVALID_ARGUMENT');
  expect(message).toContain('the options of SharedEvent.wait must be an object, not 5');
});
