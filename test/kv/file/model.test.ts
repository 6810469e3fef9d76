/**
 * Any mix of transactions, snapshots, flushes, reopenings and deaths of the process leaves in the file what the model says.
 *
 * Method: random programs run on a real file, with pages of one size, one of the two write paths and small memories, so that the
 * file consists of many. After every step the newest commit and all that are pinned are read in full, and every page is accounted for.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../support/seed.js';
import { tempFiles } from '../../support/temp-folder.js';
import { type Contents, expectContents, StoreModel } from './store-model.js';

const step = fc.record({
  kind: fc.constantFrom(
    'put',
    'put',
    'delete',
    'commit',
    'commit',
    'abort',
    'pin',
    'unpin',
    'flush',
    'flush in the background',
    'reopen',
    'die',
  ),
  number: fc.nat(400),
  size: fc.integer({ min: 1, max: 80 }),
  valueBytes: fc.oneof(fc.nat(60), fc.nat(900), fc.constantFrom(0, 5000, 70_000)),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const program = fc.record({
  pageBytes: fc.constantFrom(4096, 4096, 8192, 65536),
  writeMap: fc.boolean(),
  strict: fc.boolean(),
  memoryBytes: fc.constantFrom(2 ** 17, 2 ** 18, 2 ** 30),
  listedRuns: fc.constantFrom(1, 5, 96),
  steps: fc.array(step, { maxLength: 40 }),
});

const path = tempFiles();

/** What a death of the process may leave: the last commit that was promised, or any made after it. */
class History {
  #commits: Contents[];
  #promised = 0;

  constructor(
    first: Contents,
    /** In strict mode a commit is in the file when it is flushed, and else at once. */
    readonly isStrict: boolean,
  ) {
    this.#commits = [first];
  }

  commit(contents: Contents): void {
    this.#commits.push(contents);
  }

  /** Returns what says that the flush which begins now has ended. */
  flush(): () => void {
    const index = this.#commits.length - 1;
    return () => {
      this.#promised = Math.max(this.#promised, index);
    };
  }

  restart(left: Contents): void {
    const least = this.isStrict ? this.#promised : this.#commits.length - 1;
    const allowed = this.#commits.slice(least);
    expectContents(left, allowed.find((contents) => isSame(contents, left)) ?? allowed[0]);
    this.#commits = [left];
    this.#promised = 0;
  }
}

function isSame(a: Contents, b: Contents): boolean {
  return a.size === b.size && [...a].every(([name, value]) => b.get(name)?.equals(value));
}

async function run(options: typeof program extends fc.Arbitrary<infer T> ? T : never): Promise<void> {
  const { memoryBytes, listedRuns, steps, ...fileOptions } = options;
  const model = new StoreModel(path('store'), fileOptions, { memoryBytes, listedRuns, settlePages: 50 });
  const history = new History(model.committed, options.strict);
  const background: Promise<void>[] = [];
  try {
    for (const each of steps) {
      await take(model, each, history, background);
      model.check();
    }
    await Promise.all(background);
    model.commit();
    model.reopen();
    model.check();
  } finally {
    await Promise.allSettled(background);
    model.close();
  }
}

async function take(
  model: StoreModel,
  step: Step,
  history: History,
  background: Promise<void>[],
): Promise<void> {
  const { kind, number, size, valueBytes } = step;
  const stride = 1 + (number % 7);
  const text = (index: number) => `key ${(number + index * stride) % 401}`;
  if (kind === 'put') {
    for (let index = 0; index < (valueBytes > 4096 ? 3 : size); index++)
      model.put(text(index), Buffer.alloc(Math.max(0, valueBytes - index), size + index));
  } else if (kind === 'delete') {
    for (let index = 0; index < size; index++) model.delete(text(index));
  } else if (kind === 'commit') {
    model.commit();
    history.commit(model.committed);
  } else if (kind === 'abort') model.abort();
  else if (kind === 'pin') model.pin();
  else if (kind === 'unpin') model.unpin(number % (model.pinned.length + 1));
  else if (kind === 'flush') {
    const flushed = history.flush();
    model.pager.flushSync();
    flushed();
  } else if (kind === 'flush in the background') background.push(model.pager.flush().then(history.flush()));
  else {
    await Promise.all(background.splice(0));
    const { committed } = model;
    if (kind === 'reopen') {
      model.reopen();
      expectContents(model.committed, committed);
      history.restart(model.committed);
    } else history.restart(model.die());
  }
}

describe('a store in a file', () => {
  it('holds what the model says, whatever happens to it', { timeout: 240_000 }, async () => {
    await fc.assert(fc.asyncProperty(program, run), runs(60));
    expect.hasAssertions();
  });
});
