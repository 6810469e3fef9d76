/** `perdure records get`: one record. */
import { printable } from '../../errors.js';
import { facts, print } from '../../output.js';
import { openForReading } from '../../record-file.js';
import { jsonRecord, jsonText, textValue } from '../../values/format.js';
import { leavesOf, valueAt } from '../../values/leaves.js';
import { command, wholeNumber } from '../command.js';

export const getCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        '$0 records get <file> <index>\n\nShows one record, a field a line, or with --json as a JSON object.',
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .positional('index', {
        type: 'string',
        demandOption: true,
        coerce: wholeNumber('the index'),
        describe: 'Which record, from 0',
      })
      .example('$0 records get cities.rec 0', 'the first record')
      .example('$0 records get cities.rec 0 --json | jq .name', 'one of its fields'),
  handler: async (argv) => {
    using file = openForReading(argv.file);
    const record = file.get(argv.index!) as Record<string, unknown>;
    const { fields } = file.schema;
    if (argv.json) return print(jsonText(jsonRecord(fields, record), 2));
    await print(
      facts(
        leavesOf(fields).map(({ path, keys, type }) => [
          path,
          printable(textValue(type, valueAt(record, keys))),
        ]),
      ),
    );
  },
});
