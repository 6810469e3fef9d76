/** `perdure find`: the lines that hold a text, with their numbers. */
import type { LineMatch } from '../../../text/index.js';
import { UsageError } from '../../errors.js';
import { print, styled } from '../../output.js';
import { Progress } from '../../progress.js';
import {
  ENCODING_OPTION,
  onProgress,
  openText,
  printLines,
  SAFE_OPTION,
  shownLine,
} from '../../text-file.js';
import { command } from '../command.js';

export const findCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 find <file> <text>

Prints each line that holds the text, after its number, from 1. With --offsets the places of the
text instead, in bytes from the start of the file, wherever the lines end.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A text file' })
      .positional('text', { type: 'string', demandOption: true, describe: 'What to look for' })
      .option('regex', {
        type: 'boolean',
        default: false,
        describe: 'The text is a regular expression of JavaScript',
      })
      .option('ignore-case', {
        type: 'boolean',
        default: false,
        describe: 'With --regex: capital letters or not',
      })
      .option('count', { type: 'boolean', default: false, describe: 'Print only how many there are' })
      .option('offsets', {
        type: 'boolean',
        default: false,
        describe: 'Print where in the file the text stands',
      })
      .option('encoding', ENCODING_OPTION)
      .option('safe', SAFE_OPTION)
      .example("$0 find big.log 'out of memory'", '')
      .example("$0 find big.log --regex '^ERROR \\d+'", ''),
  handler: async (argv) => {
    const { regex, offsets, json } = argv;
    if (argv.ignoreCase && !regex) throw new UsageError('--ignore-case needs --regex');
    if (regex && offsets) throw new UsageError('--offsets looks for a text, not for --regex');
    if (argv.text === '') throw new UsageError('there is nothing to look for: the text is empty');
    const wanted = regex ? expression(argv.text, argv.ignoreCase) : argv.text;
    using file = openText(argv);
    using progress = new Progress('looking');
    const pace = { onProgress: onProgress(progress) };
    if (argv.count) {
      let count = 0;
      const found = offsets ? file.findAll(argv.text, pace) : file.search(wanted, pace);
      for await (const batch of found.batches()) count += batch.length;
      progress[Symbol.dispose]();
      return await print(json ? JSON.stringify({ count }) : String(count));
    }
    if (offsets) return await printLines(file.findAll(argv.text, pace).batches(), String, progress);
    return await printLines(file.search(wanted, pace).batches(), json ? asJson : asText, progress);
  },
});

function expression(source: string, ignoreCase: boolean): RegExp {
  try {
    return new RegExp(source, ignoreCase ? 'iu' : 'u');
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function asJson({ line, offset, text, index, match }: LineMatch): string {
  return JSON.stringify({ line: line + 1, offset, text, index, match });
}

function asText({ line, text, index, match }: LineMatch): string {
  const end = index + match[0]!.length;
  const found = styled('red', shownLine(text.slice(index, end)));
  return `${styled('green', String(line + 1))}:${shownLine(text.slice(0, index))}${found}${shownLine(text.slice(end))}`;
}
