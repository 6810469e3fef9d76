/**
 * Any interleaving of create, open, write, read, set, reset, wait, release, close, unmap, exit and SIGKILL in three
 * processes does what a model of the Win32 objects says.
 *
 * Method: objects-model.ts is the model, steps.ts the random programs, trial.ts carries out both and compares. A failure
 * prints the program; PERDURE_SEED and the path that it prints repeat it, PERDURE_RUNS runs more.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../support/no-safety-look.js';
import { runs } from '../../support/seed.js';
import { step } from './steps.js';
import { type Happening, Peers, Trial } from './trial.js';

const PROCESSES = 3;
/** Fewer than these need not hold all that must have happened once. */
const FEWEST_RUNS = 15;
/** Windows takes longer to start a process, and much longer under Wine. */
const RUNS = process.platform === 'win32' ? FEWEST_RUNS : 100;
/** Shortening a failing program stops then: some take their time to fail. */
const MOST_MS = 300_000 * Math.max(1, Number(process.env.PERDURE_RUNS ?? 1));

describe('named objects, events, mutexes and waits in three processes', () => {
  it('do what the model says', { timeout: 2 * MOST_MS }, async () => {
    const peers = new Peers();
    const given = runs(RUNS);
    let programs = 0;
    const happened = { steps: 0, refused: 0, satisfiedLater: 0, abandoned: 0, ended: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), async (program) => {
        const trial = new Trial(peers, PROCESSES, `model-${process.pid}-${programs++}`);
        try {
          for (const each of program) await trial.carryOut(each);
          await trial.finish();
          for (const [what, times] of Object.entries(trial.happened)) happened[what as Happening] += times;
        } catch (error) {
          await trial.abandon();
          throw error;
        }
      }),
      { ...given, numRuns: Math.max(given.numRuns, FEWEST_RUNS), interruptAfterTimeLimit: MOST_MS },
    );
    // Had these not happened, nothing would have been tried.
    expect(happened.satisfiedLater).toBeGreaterThan(programs);
    expect(happened.abandoned).toBeGreaterThan(0);
    expect(happened.ended).toBeGreaterThan(0);
  });
});
