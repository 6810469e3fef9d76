/** Suite `shared`: messages between processes and between threads. */
import type { Suite } from './contest.js';
import { messages } from './shared/messages.js';

export const suite: Suite = {
  name: 'shared',
  contests: messages,
};
