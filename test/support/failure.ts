/** Catching the errors that tests expect, so that code, numbers and message can be looked at together. */
import { expect } from 'vitest';
import { type ErrorCode, isPerdureError, PerdureError } from '../../src/os/errors.js';

/** What a call is expected to fail with; only what is named is compared. */
export interface Expected {
  code?: ErrorCode;
  win32Error?: number;
  errnoName?: string;
}

function check(error: unknown, expected: Expected | ErrorCode): PerdureError {
  expect(error, 'the error that was thrown').toBeInstanceOf(PerdureError);
  if (!isPerdureError(error)) throw error;
  expect(error).toMatchObject(typeof expected === 'string' ? { code: expected } : expected);
  return error;
}

/** Runs `call`, which must throw a PerdureError like `expected`, and returns it. */
export function failure(call: () => unknown, expected: Expected | ErrorCode = {}): PerdureError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    return check(error, expected);
  }
  throw new Error(`expected ${JSON.stringify(expected)}, but the call returned ${String(result)}`);
}

/** The same for a promise. */
export async function rejection(
  promise: Promise<unknown>,
  expected: Expected | ErrorCode = {},
): Promise<PerdureError> {
  let result: unknown;
  try {
    result = await promise;
  } catch (error) {
    return check(error, expected);
  }
  throw new Error(`expected ${JSON.stringify(expected)}, but the promise gave ${String(result)}`);
}
