/**
 * Export and import are each other's inverse. Method: random records of random schemas, through the functions behind the
 * commands (commands.test.ts takes the same way through the commands themselves). Two record files with the same
 * records are compared byte by byte, which also holds that NaN stays NaN and -0 stays -0.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { recordForm, recordsOf } from '../../src/cli/export-records.js';
import { EXPORT_FORMATS, exportText } from '../../src/cli/export-text.js';
import { type ImportOptions, importRecords } from '../../src/cli/import-records.js';
import { RecordFile, type Schema } from '../../src/record/index.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { anyTable, type Table } from './arbitrary-records.js';

const temporary = tempFiles();

function write(path: string, { schema, records }: Table): void {
  const file = RecordFile.create(path, schema, { capacity: records.length });
  file.appendMany(records);
  file.closeSync();
}

function exported(path: string, format: (typeof EXPORT_FORMATS)[number]): string {
  const file = RecordFile.open(path);
  const text = [...exportText(recordsOf(file), recordForm(file), format)].join('');
  file.closeSync();
  return text;
}

/** The bytes of the records. */
function contents(path: string): { schema: string; bytes: Buffer } {
  const file = RecordFile.open(path);
  const { count, dataOffset, schema } = file;
  file.closeSync();
  const bytes = readFileSync(path).subarray(dataOffset, dataOffset + count * schema.recordSize);
  return { schema: schema.toString(), bytes };
}

function options(input: string, file: string, schema: Schema): ImportOptions {
  return {
    input,
    file,
    schema: schema.toString(),
    schemaName: 'x',
    format: undefined,
    delimiter: undefined,
    columns: undefined,
    renames: new Map(),
    zeroMissing: false,
    append: false,
    force: false,
  };
}

describe('what was exported is imported as it was', () => {
  it.each(EXPORT_FORMATS)('%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(anyTable, async (table) => {
        const paths = [temporary('a.rec'), `${temporary('text')}.${format}`, temporary('b.rec')] as const;
        try {
          const [from, text, to] = paths;
          write(from, table);
          writeFileSync(text, exported(from, format));
          const { count } = await importRecords(options(text, to, table.schema));
          if (count !== table.records.length) throw new Error(`${count} records of ${table.records.length}`);
          const [before, after] = [contents(from), contents(to)];
          if (before.schema !== after.schema) throw new Error('another schema');
          if (!before.bytes.equals(after.bytes))
            throw new Error(`other records:\n${readFileSync(text, 'utf8')}`);
        } finally {
          for (const path of paths) rmSync(path, { force: true });
        }
      }),
      runs(60),
    );
  });
});
