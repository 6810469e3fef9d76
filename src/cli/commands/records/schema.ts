/** `perdure records schema`: the layout of the records, also for C and NumPy. */
import { basename } from 'node:path';
import { toCStruct, toNumpyDtype } from '../../../record/index.js';
import { print, printJson, styled, table } from '../../output.js';
import { openForReading } from '../../record-file.js';
import { fieldsShorthand, typeShorthand } from '../../values/format.js';
import { leavesOf } from '../../values/leaves.js';
import { command } from '../command.js';

const FORMS = ['text', 'json', 'c', 'numpy'] as const;

export const schemaCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records schema <file>

Shows the fields with their types, offsets and sizes, and the declarations with which a C program
or NumPy reads the same bytes. The JSON form can be given to 'records import --schema'.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file' })
      .option('as', {
        choices: FORMS,
        default: 'text' as (typeof FORMS)[number],
        describe: 'The form to show',
      })
      .example('$0 records schema cities.rec', 'everything')
      .example('$0 records schema cities.rec --as c > city.h', '')
      .example('$0 records schema cities.rec --as json > cities.schema.json', ''),
  handler: async (argv) => {
    using file = openForReading(argv.file);
    const { schema } = file;
    const form = argv.json ? 'json' : argv.as;
    if (form === 'json') return printJson(schema.toJSON());
    const c = toCStruct(schema).trimEnd();
    if (form === 'c') return print(c);
    const numpy = toNumpyDtype(schema, file).trimEnd();
    if (form === 'numpy') return print(numpy);
    const rows = leavesOf(schema.fields).map(({ path, type, offset }) => [
      path,
      typeShorthand(type),
      String(offset),
      String(type.size),
    ]);
    const columns = [
      { title: 'field' },
      { title: 'type' },
      { title: 'offset', right: true },
      { title: 'size', right: true },
    ];
    const head = `${basename(argv.file)}: ${schema.recordSize} bytes a record, aligned to ${schema.alignment}`;
    const parts = [
      [head, table(columns, rows)],
      [styled('bold', 'Shorthand, for --schema'), fieldsShorthand(schema.fields)],
      [styled('bold', 'C'), c],
      [styled('bold', 'NumPy'), numpy],
    ];
    await print(parts.map((lines) => lines.join('\n')).join('\n\n'));
  },
});
