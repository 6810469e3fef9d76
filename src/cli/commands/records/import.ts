/** `perdure records import`: makes a record file from CSV, TSV, JSON or NDJSON, or appends to one. */
import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { printable, UsageError } from '../../errors.js';
import { importRecords } from '../../import-records.js';
import { delimiterOf } from '../../input/delimiter.js';
import { INPUT_OPTIONS, INPUT_POSITIONAL } from '../../input/options.js';
import { facts, grouped, print, printJson, shortByteSize } from '../../output.js';
import { fieldsShorthand } from '../../values/format.js';
import { command } from '../command.js';

export const importCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 records import <input> <file>

Reads a table (.csv, .tsv) or JSON objects (.json: one array; .ndjson, .jsonl: one object a line)
and writes them as records of fixed layout. CSV and NDJSON may be larger than memory.

The columns or keys feed the fields of the same name; a column 'position.lat' feeds the field
'lat' of the record 'position'. Without --schema the input is read twice: first to find a schema
that holds every value exactly, then to import it.

A schema is a list of name:type. The types are u8 u16 u32 u64 i8 i16 i32 i64 (whole numbers by
bits), f32 f64, bool, date, utf8(n) (text of at most n bytes), bytes(n), array(type,n),
enumeration(a|b|c) and record(name:type, ...).

Nothing is rounded or cut off: a value that does not fit is an error that names its line and
field, and then no file is written and an existing one stays as it was.`,
      )
      .positional('input', INPUT_POSITIONAL)
      .positional('file', { type: 'string', demandOption: true, describe: 'The record file to write' })
      .option('schema', {
        alias: 's',
        type: 'string',
        requiresArg: true,
        describe: "The layout, such as 'id:u32, name:utf8(64)', or a file that holds it; otherwise inferred",
      })
      .options(INPUT_OPTIONS)
      .option('rename', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [] as string[],
        describe: "Feed a field from another name: 'name in the input=field'; may be repeated",
      })
      .option('zero-missing', {
        type: 'boolean',
        default: false,
        describe: 'Store zero (or false, or the first name) where a value is missing',
      })
      .option('append', {
        type: 'boolean',
        default: false,
        describe: 'Add to the file; all of the input or, if it fails, nothing',
      })
      .option('force', {
        alias: 'f',
        type: 'boolean',
        default: false,
        describe: 'Replace a file that exists',
      })
      .example('$0 records import cities.csv cities.rec', 'with a schema inferred from the data')
      .example(
        "$0 records import cities.csv cities.rec --schema 'id:u32, name:utf8(72), population:u32'",
        'only these columns',
      )
      .example('curl -s https://… | $0 records import - log.rec --format ndjson', 'from standard input')
      .example("$0 records import more.csv cities.rec --append --rename 'inhabitants=population'", ''),
  handler: async (argv) => {
    if (argv.append && argv.force)
      throw new UsageError('--append adds to the file and --force replaces it; give one');
    const { delimiter } = argv;
    const result = await importRecords({
      input: argv.input,
      file: argv.file,
      schema: argv.schema,
      format: argv.format,
      delimiter: delimiter === undefined ? undefined : delimiterOf(delimiter),
      columns: argv.columns,
      renames: renames(argv.rename),
      zeroMissing: argv.zeroMissing,
      append: argv.append,
      force: argv.force,
      schemaName: basename(argv.file, extname(argv.file)),
    });
    if (result.warning) process.stderr.write(`perdure: ${printable(result.warning)}\n`);
    const fileBytes = statSync(argv.file).size;
    const { records, count, inputBytes, seconds, schema, ignored, inferred } = result;
    const perSecond = inputBytes / 1e6 / seconds;
    if (argv.json) {
      const rounded = { seconds: round(seconds), megabytesPerSecond: round(perSecond) };
      const counts = { file: argv.file, records, count, inputBytes, fileBytes };
      return printJson({ ...counts, ...rounded, ignored, inferred, schema: schema.toJSON() });
    }
    const rate = `${perSecond.toFixed(1)} MB/s, ${grouped(Math.round(records / seconds))} records/s`;
    await print(
      facts([
        [
          'records',
          records === count ? grouped(records) : `${grouped(records)} added, ${grouped(count)} in all`,
        ],
        ...(inferred ? [['schema found', fieldsShorthand(schema.fields)] as const] : []),
        ['read', shortByteSize(inputBytes)],
        ['file', `${shortByteSize(fileBytes)}, ${schema.recordSize} bytes a record`],
        ['time', `${seconds.toFixed(2)} s (${rate})`],
        ...(ignored.length > 0 ? [['not imported', ignored.join(', ')] as const] : []),
      ]),
    );
  },
});

/** Field by dotted name, to the name in the input. */
function renames(options: readonly string[]): Map<string, string> {
  return new Map(
    options.map((option) => {
      const at = option.lastIndexOf('=');
      const [from, to] = [option.slice(0, at).trim(), option.slice(at + 1).trim()];
      if (at < 0 || from === '' || to === '') {
        throw new UsageError(`--rename needs 'name in the input=field', not '${option}'`);
      }
      return [to, from];
    }),
  );
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
