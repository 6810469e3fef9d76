/** numpy.memmap as a contestant: a Python process that times itself. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Contestant, Unavailable } from '../contest.js';
import { packageRoot } from '../package-root.js';

const INTERPRETERS = process.platform === 'win32' ? ['python'] : ['python3', '/usr/bin/python3'];

/** @throws Unavailable without a Python that can import numpy */
export function numpyColumnSum(path: string, offset: number, count: number): Contestant {
  const interpreter = INTERPRETERS.find((name) => spawnSync(name, ['-c', 'import numpy']).status === 0);
  if (interpreter === undefined) throw new Unavailable(`${INTERPRETERS.join(' and ')} cannot import numpy`);
  const script = join(packageRoot(), 'tools', 'bench', 'records', 'column-sum.py');
  const python = spawn(interpreter, [script, path, String(offset), String(count)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  return {
    round: async () => {
      python.stdin.write('again\n');
      const { value, done } = await answers.next();
      if (done) throw new Error('Python ended');
      const { result, seconds } = JSON.parse(value) as { result: number; seconds: number };
      return { done: count, result, rates: [count / seconds] };
    },
    close: () => python.kill(),
  };
}
