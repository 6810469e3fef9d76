/**
 * A process that writes to a store, or appends to a record file, is killed at any moment, again and again: everything that it
 * acknowledged is there, what was under way is there whole or not at all, and every page is accounted for. The rounds are those
 * of tools/crash, which cuts the power as well.
 */
import { describe, expect, it } from 'vitest';
import { RecordSubject } from '../../../tools/crash/record-subject.js';
import { runRound } from '../../../tools/crash/round.js';
import { openSubject, StoreSubject } from '../../../tools/crash/store-subject.js';
import type { Subject } from '../../../tools/crash/subject.js';
import { random, runs, SEED } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';

const path = tempFiles();
const { numRuns } = runs(5);
/** Of a slow and busy machine. */
const MILLISECONDS_A_ROUND = 40_000;

const SUBJECTS: [what: string, make: () => Subject][] = [
  ['a store', () => new StoreSubject(path('store'), SEED, {})],
  [
    'a store that is written through its mapping',
    () => new StoreSubject(path('store'), SEED, { writeMap: true }),
  ],
  [
    'a strict store of large pages',
    () => new StoreSubject(path('store'), SEED, { strict: true, pageBytes: 16_384 }),
  ],
  ['a record file', () => new RecordSubject(path('records'), SEED)],
];

describe.each(SUBJECTS)('a process that writes to %s', (_what, make) => {
  it(
    'may be killed at any moment',
    async () => {
      const next = random(SEED);
      const subject = make();
      let acknowledged = 0;
      for (let round = 1; round <= numRuns; round++)
        acknowledged += (await runRound(subject, round, next)).acknowledged;
      expect(acknowledged).toBeGreaterThan(0);
    },
    numRuns * MILLISECONDS_A_ROUND,
  );
});

describe('the rounds find', () => {
  const SAID = { isOpen: true, made: 0, kept: 0 };

  async function afterOneRound(): Promise<StoreSubject> {
    const subject = new StoreSubject(path('found'), SEED, {});
    // As late as can be.
    await runRound(subject, 1, (limit) => limit - 1);
    subject.check(SAID, 'kill');
    return subject;
  }

  it('a commit that was acknowledged and is not there', async () => {
    const subject = await afterOneRound();
    expect(() => subject.check({ ...SAID, kept: 1_000_000 }, 'kill')).toThrow('1000000 must be there');
  });

  it('a record that no commit has written', async () => {
    const subject = await afterOneRound();
    const store = openSubject(subject.path, {});
    store.set('number of', Buffer.from('nothing'));
    store.close();
    expect(() => subject.check(SAID, 'kill')).toThrow("there is a record 'number of'");
  });

  it('a record with the value of another commit', async () => {
    const subject = await afterOneRound();
    const store = openSubject(subject.path, {});
    const [key] = [...store.keys({ gt: 'key', lt: 'long', limit: 1 })];
    store.set(key!, Buffer.from('another'));
    store.close();
    expect(() => subject.check(SAID, 'kill')).toThrow(`'${key}' has the value of another commit`);
  });
});
