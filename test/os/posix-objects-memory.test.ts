/** Memory without a name in Workers, on Linux: its descriptor ends with the mapping, or with the Worker. */
import * as fs from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { processPath } from '../support/child.js';
import { inTime } from '../support/eventually.js';

/** The descriptors of this process that are memory without a name. */
function memoryDescriptors(): number {
  const targets = fs.readdirSync('/proc/self/fd').map((fd) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target.includes('memfd:perdure')).length;
}

/** Runs a piece of a program in a Worker, which has the calls as `os`. Resolves with what it says, and its warnings. */
async function inWorker(work: string) {
  const calls = new URL('../../src/os/index.js', pathToFileURL(processPath('objects')));
  const source = `
    import * as os from ${JSON.stringify(calls.href)};
    import { parentPort } from 'node:worker_threads';
    const warnings = [];
    process.on('warning', ({ message }) => warnings.push(message));
    const memory = () => os.createFileMapping(os.INVALID_HANDLE_VALUE, null, os.PAGE_READWRITE, 4096, null);
    const said = (() => { ${work} })();
    setImmediate(() => parentPort.postMessage({ said, warnings }));
    parentPort.on('message', () => parentPort.close());`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`));
  onTestFinished(() => void worker.terminate());
  const answer = await inTime(
    'the answer of the Worker',
    new Promise<{ said: unknown; warnings: string[] }>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    }),
  );
  return { worker, ...answer };
}

describe.runIf(process.platform === 'linux')('memory without a name in a Worker', () => {
  it('is closed with the last of handle and views, without a warning', async () => {
    const { said, warnings } = await inWorker(`
      const mapping = memory();
      const view = os.mapViewOfFile(mapping, os.FILE_MAP_WRITE, 0, 0);
      os.closeHandle(mapping);
      const bytes = new Uint8Array(view.buffer);
      bytes[4095] = 7;
      const last = bytes[4095];
      os.unmapViewOfFile(view);
      return last;`);
    expect([said, warnings]).toEqual([7, []]);
    expect(memoryDescriptors()).toBe(0);
  });

  it.each<[string, (worker: Worker) => unknown]>([
    ['is terminated', (worker) => worker.terminate()],
    ['ends', (worker) => worker.postMessage('end')],
  ])('leaves no descriptor when the Worker %s that has it', async (_, end) => {
    const { worker, warnings } = await inWorker(
      'memory(); return os.createEvent(null, true, true, null).kind;',
    );
    expect(warnings).toEqual([]);
    expect(memoryDescriptors()).toBe(1);
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    end(worker);
    await inTime('the end of the Worker', ended);
    expect(memoryDescriptors()).toBe(0);
  });
});
