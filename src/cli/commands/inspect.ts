/** `perdure inspect`: what there is to know about any file, and more about a record file. */

import { printable } from '../errors.js';
import { type FileFacts, readFileFacts } from '../inspect-file.js';
import { type HeaderFacts, readHeaderFacts } from '../inspect-header.js';
import { byteSize, facts, grouped, print, printJson, shortByteSize, styled, table } from '../output.js';
import { command } from './command.js';

export const inspectCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 inspect <file>

Shows how large any file is, how much of that occupies the disk, and which parts of it the system
holds in memory: each cell of the bar is a part of the file, dark where it is in memory. Of a
record file also both slots of the header, the newest valid one of which counts.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'Any file' })
      .example('$0 inspect cities.rec', '')
      .example('$0 inspect --json cities.rec | jq .residentBytes', ''),
  handler: async (argv) => {
    const file = await readFileFacts(argv.file);
    const header = file.problem === undefined && file.size > 0 ? readHeaderFacts(argv.file) : undefined;
    if (argv.json) {
      const { residency, ...plain } = file;
      const residentFractions = residency.map((fraction) => Math.round(fraction * 1000) / 1000);
      return printJson({ ...plain, residentFractions, records: header ?? null });
    }
    await print([fileText(file), ...(header ? ['', headerText(header)] : [])].join('\n'));
  },
});

function fileText(file: FileFacts): string {
  const { path, size, allocatedBytes, sparse, mode, modified, residentBytes, residency, problem } = file;
  const part = size === 0 ? 0 : (100 * Math.min(residentBytes, size)) / size;
  return facts([
    ['file', printable(path)],
    ['size', byteSize(size)],
    ['on the disk', `${byteSize(allocatedBytes)}${sparse ? ', sparse' : ''}`],
    ['mode', mode],
    ['changed', modified],
    ...(problem === undefined
      ? ([
          ['in memory', `${shortByteSize(residentBytes)}, ${part.toFixed(part > 0 && part < 10 ? 1 : 0)} %`],
          ...(residency.length > 0 ? [['', `▕${residency.map(shade).join('')}▏`] as const] : []),
        ] as const)
      : [['not looked into', problem] as const]),
  ]);
}

/** A cell of the bar: blank for nothing in memory, full only where all of it is. */
function shade(fraction: number): string {
  if (fraction <= 0) return '·';
  if (fraction >= 1) return '█';
  return '░▒▓'[Math.min(Math.floor(fraction * 3), 2)]!;
}

function headerText(header: HeaderFacts): string {
  const { count, capacity, recordSize, schema, problem } = header;
  const slots = table(
    [
      { title: 'slot' },
      { title: 'sequence', right: true },
      { title: 'count', right: true },
      { title: 'state' },
    ],
    header.slots.map(({ slot, sequence, count: records, valid, current, problem: reason }) => [
      String(slot),
      sequence ?? '–',
      records === undefined ? '–' : grouped(records),
      current ? 'valid, the newest' : valid ? 'valid' : (reason ?? 'not valid'),
    ]),
  );
  const lines = problem === undefined ? [] : [styled('red', `the record file cannot be opened: ${problem}`)];
  if (schema !== undefined) {
    lines.push(
      facts([
        ['records', `${grouped(count!)} of ${recordSize} bytes; room for ${grouped(capacity!)}`],
        ['schema', printable(schema)],
      ]),
    );
  }
  return [...lines, '', slots].join('\n');
}
