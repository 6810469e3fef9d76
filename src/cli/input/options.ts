/** The options of a command that reads an input: how it is written. */
import { nameList } from '../commands/command.js';
import { INPUT_FORMATS } from './input.js';

export const INPUT_POSITIONAL = {
  type: 'string',
  demandOption: true,
  describe: "What to read; '-' for standard input, which needs --format",
} as const;

export const INPUT_OPTIONS = {
  format: { choices: INPUT_FORMATS, describe: 'The format, where the name does not tell it' },
  delimiter: {
    type: 'string',
    requiresArg: true,
    describe: "What separates the cells of a CSV file, such as ';'",
  },
  columns: {
    type: 'string',
    requiresArg: true,
    coerce: nameList('--columns'),
    describe: 'Names of the columns, separated by commas, for a CSV file without a header line',
  },
} as const;
