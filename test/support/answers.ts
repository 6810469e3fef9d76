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

export interface Asked<Request> {
  id: number;
  request: Request;
}

/** Carries out one request: the answer to it, whatever happens. */
export async function answerOf<Request>(
  handle: (request: Request) => unknown,
  { id, request }: Asked<Request>,
): Promise<Answer> {
  try {
    return { id, value: await handle(request) };
  } catch (error) {
    return { id, error: caught(error) };
  }
}

/** Answers every request of the test with what `handle` returns or throws, one after the other. */
export function answerRequests<Request>(handle: (request: Request) => unknown): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', (asked: Asked<Request>) => {
    last = last.then(async () => {
      process.send?.(await answerOf(handle, asked));
    });
  });
}

/** The same, but each is begun as it comes and answered when it is done: one that waits holds up none behind it. */
export function answerWhenDone<Request>(handle: (request: Request) => unknown): void {
  process.on('message', async (asked: Asked<Request>) => {
    const answer = await answerOf(handle, asked);
    if (process.connected) process.send?.(answer);
  });
}
