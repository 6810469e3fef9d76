/** The records of a record file, as `exportText` takes them. */
import type { RecordFile } from '../record/index.js';
import type { TextForm } from './export-text.js';
import { jsonRecord, jsonText, textValue } from './values/format.js';
import { leavesOf, valueAt } from './values/leaves.js';

type Fields = Record<string, unknown>;

/** As objects; in a table with a column for each field, those of records within records by their dotted names. */
export function recordForm({ schema: { fields } }: RecordFile): TextForm<Fields> {
  const leaves = leavesOf(fields);
  return {
    json: (record) => jsonText(jsonRecord(fields, record)),
    columns: leaves.map(({ path }) => path),
    cells: (record) => leaves.map(({ keys, type }) => textValue(type, valueAt(record, keys))),
  };
}

/** The records that the file has now. */
export function* recordsOf(file: RecordFile): Generator<Fields> {
  const { count } = file;
  for (let index = 0; index < count; index++) yield file.get(index) as Fields;
}
