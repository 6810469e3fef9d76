/**
 * Turns within a thread.
 *
 * Method: random programs of askings, with and without time or an end of the wait, and of givings-back run on the real
 * queue and on a list. The one who has the turn, and who comes next, must be the same after every step.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { passTurn, tryTurn, waitForTurn } from '../../src/shared/turns.js';
import { runs } from '../support/seed.js';
import { uniqueName } from './names.js';

const step = fc.oneof(
  fc.constant({ do: 'try' } as const),
  fc.record({
    do: fc.constant('ask' as const),
    leftMs: fc.constantFrom(0, 100, 250, Number.POSITIVE_INFINITY),
  }),
  fc.constant({ do: 'pass' } as const),
  fc.record({ do: fc.constant('end' as const), which: fc.nat(5) }),
  fc.record({ do: fc.constant('time' as const), ms: fc.constantFrom(50, 100, 200) }),
);

interface Asker {
  readonly id: number;
  readonly end: (error: unknown) => void;
  /** When its time runs out. */
  readonly until: number;
}

class Model {
  /** Who has the turn, if anybody. */
  holder: number | undefined;
  waiting: Asker[] = [];
  now = 0;
  readonly expected = new Map<number, string>();

  grantNext(): void {
    const next = this.waiting.shift();
    this.holder = next?.id;
    if (next) this.expected.set(next.id, 'granted');
  }
}

describe('turns', () => {
  it('go to one at a time, in the order of asking, and to nobody who has left', async () => {
    vi.useFakeTimers();
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          const name = uniqueName('turns');
          const model = new Model();
          const found = new Map<number, string>();
          let id = 0;
          for (const one of steps) {
            if (one.do === 'try') {
              const free = model.holder === undefined;
              expect(tryTurn(name)).toBe(free);
              if (free) model.holder = ++id;
            } else if (one.do === 'ask') {
              ask(model, found, name, ++id, one.leftMs);
            } else if (one.do === 'pass' && model.holder !== undefined) {
              passTurn(name);
              model.grantNext();
            } else if (one.do === 'end' && model.waiting.length > 0) {
              const [asker] = model.waiting.splice(one.which % model.waiting.length, 1) as [Asker];
              asker.end('ended');
              model.expected.set(asker.id, 'ended');
            } else if (one.do === 'time') {
              model.now += one.ms;
              for (const asker of model.waiting) {
                if (asker.until <= model.now) model.expected.set(asker.id, 'too late');
              }
              model.waiting = model.waiting.filter(({ until }) => until > model.now);
              await vi.advanceTimersByTimeAsync(one.ms);
            }
            // What is settled is told in microtasks; now and then several steps go by before.
            if (one.do !== 'pass') await vi.advanceTimersByTimeAsync(0);
          }
          while (model.holder !== undefined) {
            passTurn(name);
            model.grantNext();
          }
          await vi.advanceTimersByTimeAsync(0);
          expect(found).toEqual(model.expected);
          // Nobody has it, and nobody was forgotten.
          expect(tryTurn(name)).toBe(true);
          passTurn(name);
        }),
        runs(300),
      );
    } finally {
      vi.useRealTimers();
    }
  });
});

function ask(model: Model, found: Map<number, string>, name: string, id: number, leftMs: number): void {
  let end: (error: unknown) => void = () => {};
  void waitForTurn(name, leftMs, (given) => {
    end = given;
    return () => {};
  }).then(
    (granted) => found.set(id, granted ? 'granted' : 'too late'),
    (error) => found.set(id, String(error)),
  );
  if (model.holder === undefined) {
    model.holder = id;
    model.expected.set(id, 'granted');
  } else if (leftMs === 0) model.expected.set(id, 'too late');
  else model.waiting.push({ id, end, until: model.now + leftMs });
}
