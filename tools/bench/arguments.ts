/** The command line of the benchmarks. */
import { parseArgs } from 'node:util';

export interface Arguments {
  readonly suites: readonly string[];
  /** Only contests with a case whose name contains one of these; all without any. */
  readonly only: readonly string[];
  /** Only these peers; all unless given. */
  readonly peers: readonly string[] | undefined;
  readonly quick: boolean;
  readonly large: boolean;
  readonly json: boolean;
  readonly svg: string | undefined;
  readonly help: boolean;
}

export function usage(suites: readonly string[]): string {
  return `npm run --silent bench -- [suite...] [options]

Measures perdure side by side with its peers. Suites: ${suites.join(', ')}; all of them unless named.

  --quick        less work: about a minute for everything
  --large        10 million records (suite kv); takes long: say with --only and --peers what of it
  --json         one JSON array on stdout, every figure a rate
  --svg <file>   where to draw the chart, dist/bench/<suite>.svg unless given
  --only <text>  only cases whose name contains the text; may be repeated
  --peers <list> only against these, separated by commas, such as lmdb,Map
  --help

The files are made below PERDURE_BENCH_DIR, or in the folder for temporary files where that is on a disk.
`;
}

/** @throws Error with one line that says what is wrong */
export function parseArguments(args: readonly string[], known: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      svg: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      peers: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`no suite '${unknown}'; there are ${known.join(', ')}`);
  const { quick, large, json, svg, only, peers, help } = values;
  if (quick && large) throw new Error('--quick is less work and --large is more; give one');
  return {
    suites: positionals.length > 0 ? [...new Set(positionals)] : known,
    only,
    peers: peers?.split(',').map((name) => name.trim()),
    quick,
    large,
    json,
    svg,
    help,
  };
}
