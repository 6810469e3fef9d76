/** Makes calls on named objects with few file descriptors left, or none. */
import * as fs from 'node:fs';
import { answerWhenDone } from '../support/answers.js';
import { ObjectCalls, type ObjectRequest } from '../support/object-calls.js';

export type StarvedRequest =
  /** Carries out the call while only so many descriptors are left. */
  { leaving: number; call: ObjectRequest } | ObjectRequest;

const calls = new ObjectCalls();

function takeDescriptors(leaving: number): number[] {
  const taken: number[] = [];
  try {
    for (;;) taken.push(fs.openSync('/dev/null', 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error;
  }
  for (const fd of taken.splice(0, leaving)) fs.closeSync(fd);
  return taken;
}

answerWhenDone<StarvedRequest>(async (request) => {
  if (!('leaving' in request)) return calls.carryOut(request);
  // The native library is loaded, and the answer's own needs are known, before it gets scarce.
  calls.carryOut({ do: 'list', containing: 'nothing' });
  const taken = takeDescriptors(request.leaving);
  try {
    return await calls.carryOut(request.call);
  } finally {
    for (const fd of taken) fs.closeSync(fd);
  }
});
