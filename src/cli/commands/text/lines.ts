/** `perdure lines`: lines of a text file by number, backwards, or a sample of them. */
import type { SampledLine } from '../../../text/index.js';
import { UsageError } from '../../errors.js';
import { grouped, styled } from '../../output.js';
import { Progress } from '../../progress.js';
import {
  ENCODING_OPTION,
  onProgress,
  openText,
  printLines,
  SAFE_OPTION,
  shownLine,
} from '../../text-file.js';
import { command, wholeNumber } from '../command.js';

export const linesCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 lines <file>

Prints lines of a text file, all of them unless told. They are counted from 1. To find the first
one, those before it are counted, unless 'perdure index' has done so before.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A text file' })
      .option('from', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--from', 1),
        describe: 'First line',
      })
      .option('to', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--to', 1),
        describe: 'Last line',
      })
      .option('reverse', { type: 'boolean', default: false, describe: 'From the last line to the first' })
      .option('sample', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--sample', 1),
        describe: 'Only about so many lines, from all over the file, without reading the rest',
      })
      .option('numbers', {
        type: 'boolean',
        default: false,
        describe: 'Print the number of each line before it',
      })
      .option('encoding', ENCODING_OPTION)
      .option('safe', SAFE_OPTION)
      .example('$0 lines big.log --from 1000000 --to 1000010', '')
      .example('$0 lines big.log --reverse | head', ''),
  handler: async (argv) => {
    using file = openText(argv);
    using progress = new Progress('reading');
    const pace = { onProgress: onProgress(progress) };
    const { from = 1, to, sample, reverse, json } = argv;
    if (sample !== undefined) {
      if (argv.from !== undefined || to !== undefined || reverse || argv.numbers) {
        throw new UsageError('--sample goes with none of --from, --to, --reverse and --numbers');
      }
      const shown = (line: SampledLine) => (json ? JSON.stringify(line) : shownLine(line.text));
      return await printLines(file.sample(sample).batches(), shown, progress);
    }
    const last = reverse && (argv.numbers || json) ? await file.countLines(pace) : 0;
    let number = reverse ? Math.min(to ?? last, last) : from;
    const lines = file.lines({ from: from - 1, ...(to !== undefined && { to }), reverse, ...pace });
    const shown = (text: string) => {
      const line = reverse ? number-- : number++;
      if (json) return JSON.stringify({ line, text });
      return argv.numbers ? `${styled('dim', grouped(line))}\t${shownLine(text)}` : shownLine(text);
    };
    return await printLines(lines.batches(), shown, progress);
  },
});
