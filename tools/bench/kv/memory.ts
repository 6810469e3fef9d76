/** How much memory of its own a process needs to read all of a store. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Contest } from '../contest.js';
import { makeStores, openMade, withOwnStores } from './contestants.js';
import { keyOf, noteOfBytes, recordCount } from './data.js';

const KIB = 1024;
/** Less than this cannot be told from nothing. */
const LEAST_KIB = 100;
/** Reads from one look at the memory to the next. */
const LOOK_EACH = 10_000;
/** Coprime to the number of records: steps of this length come to each of them. */
const STRIDE = 7919;

export const memory: Contest = {
  cases: [{ name: 'memory of the process while reading', unit: 'records/MiB' }],
  method:
    'Reads every record once, at random, and takes by how much the anonymous resident memory of the process (RssAnon in /proc) at ' +
    'its peak is more than before the store, and its module, were loaded: heap with its garbage, and buffers, but no pages of ' +
    "mapped files, which are the system's to take back. The rate is the number of records by that growth.",
  setup: (place) => makeStores(place, 'bytes'),
  rounds: { quick: 1, full: 3, large: 1 },
  warmups: 1,
  contestants: withOwnStores(async (open, place) => {
    collectGarbage();
    const before = anonymousKib();
    const store = await openMade(open, place, 'bytes');
    const count = recordCount(place);
    return {
      round: () => {
        let result = 0;
        let peak = 0;
        for (let i = 0, number = 0; i < count; i++, number = (number + STRIDE) % count) {
          result += noteOfBytes(store.getBytes(keyOf(number))!);
          if (i % LOOK_EACH === 0) peak = Math.max(peak, anonymousKib() ?? 0);
        }
        if (before === undefined)
          return { done: count, result, rates: [null], reason: 'no /proc/self/status here' };
        const grown = Math.max(LEAST_KIB, peak - before);
        return { done: count, result, rates: [(count * KIB) / grown] };
      },
    };
  }),
};

/** What was garbage before would be given back while it is measured. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function anonymousKib(): number | undefined {
  try {
    const [, kib] = /^RssAnon:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'latin1'))!;
    return Number(kib);
  } catch {
    return undefined;
  }
}
