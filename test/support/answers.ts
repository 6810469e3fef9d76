/** The messages between a test and a process that it started; the process's half of the conversation. */
import { isPerdureError } from '../../src/index.js';

export interface CaughtError {
  message: string;
  code?: string;
  win32Error?: number;
  errnoName?: string;
}

export interface Answer {
  id: number;
  value?: unknown;
  error?: CaughtError;
}

function caught(error: unknown): CaughtError {
  if (!isPerdureError(error)) return { message: error instanceof Error ? error.stack! : String(error) };
  const { message, code, win32Error, errnoName } = error;
  return {
    message,
    code,
    ...(win32Error !== undefined && { win32Error }),
    ...(errnoName !== undefined && { errnoName }),
  };
}

/** Answers every request of the test with what `handle` returns or throws, one after the other. */
export function answerRequests<Request>(handle: (request: Request) => unknown): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', ({ id, request }: { id: number; request: Request }) => {
    last = last.then(async () => {
      let answer: Answer;
      try {
        answer = { id, value: await handle(request) };
      } catch (error) {
        answer = { id, error: caught(error) };
      }
      process.send?.(answer);
    });
  });
}
