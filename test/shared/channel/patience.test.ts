/** What is tried before sleeping: left out where it is in vain, tried again now and then, and kept where it helps. */
import { describe, expect, it } from 'vitest';
import { Patience } from '../../../src/shared/channel/patience.js';

/** Which of so many occasions were used. */
function used(occasions: number, isUsed: () => boolean): number[] {
  return Array.from({ length: occasions }, (_, at) => (isUsed() ? at : -1)).filter((at) => at >= 0);
}

describe('patience', () => {
  it.skipIf(process.platform === 'win32')(
    'naps until that was in vain four times, then each 32nd time',
    () => {
      const patience = new Patience();
      const nap = (woken: boolean) => () => {
        const naps = patience.napMs() > 0;
        if (naps) patience.napped(woken);
        return naps;
      };
      expect(used(10, nap(true))).toHaveLength(10);
      expect(used(100, nap(false))).toEqual([0, 1, 2, 3, 35, 67, 99]);
      // It helps again: from the next trial on it is a habit.
      expect(used(33, nap(true))).toEqual([31, 32]);
      used(4, nap(false));
      patience.slept(5);
      expect(used(1, nap(true))).toEqual([]);
      patience.slept(0.5);
      expect(used(1, nap(true))).toEqual([0]);
    },
  );

  it('looks in each turn until that was in vain eight times, then each 16th time', () => {
    const patience = new Patience();
    const turns = (helped: boolean) => () => {
      const looks = patience.turnsEnd() > 0;
      if (looks) patience.turned(helped);
      return looks;
    };
    expect(used(40, turns(false))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 23, 39]);
    expect(used(17, turns(true))).toEqual([15, 16]);
  });

  it('sees at once that a word has changed, and has the end of its patience where it does not', () => {
    const patience = new Patience();
    const words = Int32Array.of(7, 8);
    for (let look = 0; look < 100; look++) expect(patience.spin(words, 0, 7)).toBe(false);
    // One of the next 32 is a trial, from where on it is a habit again.
    const seen = used(64, () => patience.spin(words, 1, 7));
    expect(seen).toEqual(Array.from({ length: 64 - seen[0]! }, (_, at) => seen[0]! + at));
    expect(seen[0]).toBeLessThan(32);
  });
});
