/** `perdure records set`: changes fields of one record, durably. */
import { PerdureError } from '../../../os/index.js';
import { RecordFile } from '../../../record/index.js';
import { printable, UsageError } from '../../errors.js';
import { facts, print } from '../../output.js';
import { jsonRecord, jsonText, textValue } from '../../values/format.js';
import { fieldAt, type Leaf, put, valueAt } from '../../values/leaves.js';
import { parseValue } from '../../values/parse.js';
import { command, wholeNumber } from '../command.js';

export const setCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records set <file> <index> <field=value ...>

Changes fields of one record in place. When the command ends with 0, the change is on the disk.
Values are written as in a CSV file; lists as [1,2,3] or 1;2;3; dates as 2024-05-31T12:30:00Z.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .positional('index', {
        type: 'string',
        demandOption: true,
        coerce: wholeNumber('the index'),
        describe: 'Which record, from 0',
      })
      .positional('assignments', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'What to change, such as population=1052 or position.lat=42.5',
      })
      .example("$0 records set cities.rec 0 population=1052 'name=El Tarter'", ''),
  handler: async (argv) => {
    const file = RecordFile.open(argv.file, { mode: 'readwrite' });
    try {
      const { fields } = file.schema;
      const assignments = argv.assignments.map((text) => assignment(text, (path) => fieldAt(fields, path)));
      const index = argv.index!;
      const record = file.get(index) as Record<string, unknown>;
      const partial: Record<string, unknown> = {};
      for (const { leaf, value } of assignments) {
        const [top] = leaf.keys as [string];
        // A nested record is set as a whole.
        if (leaf.keys.length > 1 && !Object.hasOwn(partial, top)) partial[top] = structuredClone(record[top]);
        put(partial, leaf.keys, value);
      }
      file.set(index, partial);
      await file.flush();
      const changed = file.get(index) as Record<string, unknown>;
      if (argv.json) return print(jsonText(jsonRecord(fields, changed), 2));
      await print(
        facts(
          assignments.map(({ leaf: { path, keys, type } }) => [
            path,
            `${printable(textValue(type, valueAt(record, keys)))} → ${printable(textValue(type, valueAt(changed, keys)))}`,
          ]),
        ),
      );
    } finally {
      await file.close();
    }
  },
});

function assignment(text: string, find: (path: string) => Leaf): { leaf: Leaf; value: unknown } {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`'${text}' is not of the form field=value`);
  const leaf = find(text.slice(0, at).trim());
  try {
    return { leaf, value: parseValue(leaf.type, text.slice(at + 1)) };
  } catch (error) {
    throw new PerdureError('INVALID_VALUE', `the field '${leaf.path}': ${(error as Error).message}`, {
      cause: error,
    });
  }
}
