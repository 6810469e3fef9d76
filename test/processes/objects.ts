/** Makes calls on named objects in a process of its own, and is free for the next while one of them waits. */
import { answerWhenDone } from '../support/answers.js';
import '../support/no-safety-look.js';
import { ObjectCalls, type ObjectRequest } from '../support/object-calls.js';

const calls = new ObjectCalls();
answerWhenDone<ObjectRequest>((request) => calls.carryOut(request));
