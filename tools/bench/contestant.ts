/** The process of one contestant: gets it ready, then plays a round whenever it is told to. */
import { type Contestant, Unavailable } from './contest.js';
import type { Answer, Role } from './player.js';
import { loadSuite } from './suites.js';

const role = JSON.parse(process.argv[2]!) as Role;

async function prepare(): Promise<Contestant> {
  const suite = await loadSuite(role.suite);
  return suite.contests[role.contest]!.contestants[role.contestant]!(role.place);
}

const say = (answer: Answer) => process.send!(answer);
const fail = (error: unknown) => say({ failure: (error as Error).stack ?? String(error) });

try {
  const contestant = await prepare();
  process.on('message', async () => {
    try {
      say({ reading: await contestant.round() });
    } catch (error) {
      fail(error);
    }
  });
  process.on('disconnect', () => {
    contestant.close?.();
    process.exit();
  });
  say({ ready: true });
} catch (error) {
  if (error instanceof Unavailable) say({ unavailable: error.message });
  else fail(error);
  process.on('disconnect', () => process.exit());
}
