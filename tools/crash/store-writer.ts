/**
 * A process that commits to a store until it is killed, in all ways that there are: blocking and not, of every durability, with
 * snapshots held. Argument: a task (subject.ts) and the options of the store, as JSON.
 */
import { random } from '../../test/support/seed.js';
import { bytesOf, type Change, changesOf } from './commits.js';
import { say } from './said.js';
import type { StoreTask } from './store-subject.js';
import { openPairs, openSubject } from './store-subject.js';

const { path, options, seed, round, first } = JSON.parse(process.argv[2]!) as StoreTask;
const next = random(seed + round);
/** In some rounds little is flushed, so that there is much to lose. */
const isLazy = next(3) === 0;

say('ready');
const store = openSubject(path, { ...options, flushDelayMs: 1 + next(20) });
const pairs = openPairs(store);
say('open');

/** For pages of which each holds few. */
const FILLING = Buffer.alloc(300, 'filling');
let made = first - 1;

function change(change: Change): void {
  switch (change.kind) {
    case 'set':
      store.set(change.key, bytesOf(change.value));
      break;
    case 'delete':
      store.delete(change.key);
      break;
    case 'clear':
      store.clear();
      break;
    case 'add':
      pairs.add(change.key, change.pair);
      break;
    case 'remove':
      pairs.delete(change.key, change.pair);
      break;
    case 'clear pairs':
      pairs.clear();
      break;
    case 'undone':
      undo(bytesOf(change.value));
      break;
  }
}

function undo(value: Uint8Array): void {
  const given = new Error('given up');
  try {
    store.transaction(() => {
      for (let record = 0; record < 20; record++) store.set(`never ${record}`, value);
      // Ascending ones fill pages that are written before the commit.
      for (let record = 1000; record < 1200; record++) store.set(`zero ${record}`, FILLING);
      store.clear();
      throw given;
    });
  } catch (error) {
    if (error !== given) throw error;
  }
}

/** The next commit, within a transaction. Numbers are given when it runs: several may wait for their turn. */
function commit(): number {
  const number = made + 1;
  for (const each of changesOf(seed, round, number)) change(each);
  made = number;
  return number;
}

const pending: Promise<void>[] = [];
const snapshots: Disposable[] = [];

async function step(): Promise<void> {
  const kind = isLazy && next(20) > 0 ? 9 : next(10);
  if (kind < 2) {
    const number = store.transaction(commit, { durability: 'sync' });
    say('made', number);
    kept(number);
  } else if (kind < 5) {
    pending.push(store.write(commit, { durability: next(2) === 0 ? 'group' : 'sync' }).then(kept));
  } else if (kind === 5) {
    pending.push(store.write(commit, { durability: 'deferred' }).then((number) => say('made', number)));
  } else {
    say('made', store.transaction(commit, { durability: kind === 6 ? 'group' : 'deferred' }));
  }
  const number = made;
  if (next(isLazy ? 90 : 30) === 0) {
    store.flushSync();
    kept(number);
  } else if (next(isLazy ? 60 : 20) === 0) {
    pending.push(store.flush().then(() => kept(number)));
  }
  if (next(6) === 0) await Promise.all(pending.splice(0));
}

/** Holds snapshots for a while: pages that they show are not used again. */
function holdSnapshots(): void {
  if (next(15) === 0) snapshots.push(store.snapshot());
  if (next(40) === 0) for (const snapshot of snapshots.splice(0)) snapshot[Symbol.dispose]();
}

function kept(number: number): void {
  say('kept', number);
}

for (;;) {
  holdSnapshots();
  await step();
}
