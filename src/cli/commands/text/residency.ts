/** `perdure residency`: which parts of a file are in memory. */
import { printable } from '../../errors.js';
import { readFileFacts } from '../../inspect-file.js';
import { print, printJson, shortByteSize, styled } from '../../output.js';
import { command } from '../command.js';

export const residencyCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 residency <file>

Each cell of the bar is a part of the file, dark where the system holds it in memory. Reading from
there waits for no disk.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'Any file' }),
  handler: async ({ file: path, json }) => {
    const { size, residentBytes, residency, pageSize, problem } = await readFileFacts(path);
    if (json) return printJson({ path, size, residentBytes, pageSize, residency, problem: problem ?? null });
    if (problem !== undefined) return print(`${printable(path)}  not looked into: ${problem}`);
    const part = size === 0 ? 0 : Math.round((100 * residentBytes) / size);
    const bar = residency.map(cell).join('');
    await print(`▕${bar}▏ ${shortByteSize(residentBytes)} of ${shortByteSize(size)}, ${part} %`);
  },
});

function cell(fraction: number): string {
  if (fraction <= 0) return styled('dim', '·');
  return styled('green', fraction >= 1 ? '█' : '░▒▓'[Math.min(Math.floor(fraction * 3), 2)]!);
}
