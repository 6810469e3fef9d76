/** Records as text, in pieces of about 64 KiB. */
import type { RecordFile } from '../record/index.js';
import { jsonRecord, jsonText, textValue } from './values/format.js';
import { leavesOf, valueAt } from './values/leaves.js';

export const EXPORT_FORMATS = ['csv', 'tsv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PIECE_CHARACTERS = 2 ** 16;

/** @param reached told the index behind the last record of the piece that is about to be yielded */
export function* exportText(
  file: RecordFile,
  format: ExportFormat,
  reached: (index: number) => void = () => {},
): Generator<string> {
  const { head, row, between, tail } = writerFor(file, format);
  let text = head;
  const { count } = file;
  for (let index = 0; index < count; index++) {
    if (index > 0) text += between;
    text += row(file.get(index) as Record<string, unknown>);
    if (text.length < PIECE_CHARACTERS) continue;
    reached(index + 1);
    yield text;
    text = '';
  }
  text += count > 0 ? between + tail : tail;
  reached(count);
  if (text !== '') yield text;
}

interface Writer {
  readonly head: string;
  readonly row: (record: Record<string, unknown>) => string;
  /** Between rows, and behind the last. */
  readonly between: string;
  readonly tail: string;
}

function writerFor(file: RecordFile, format: ExportFormat): Writer {
  const { fields } = file.schema;
  const json = (record: Record<string, unknown>) => jsonText(jsonRecord(fields, record));
  if (format === 'ndjson') return { head: '', row: json, between: '\n', tail: '' };
  if (format === 'json') return jsonArray(json, file.count);
  const leaves = leavesOf(fields);
  const delimiter = format === 'tsv' ? '\t' : ',';
  const line = (cells: readonly string[]) => cells.map((text) => cell(text, delimiter)).join(delimiter);
  return {
    head: `${line(leaves.map(({ path }) => path))}\n`,
    row: (record) => line(leaves.map(({ keys, type }) => textValue(type, valueAt(record, keys)))),
    between: '\n',
    tail: '',
  };
}

/** One array with an element a line. */
function jsonArray(json: Writer['row'], count: number): Writer {
  let left = count;
  return {
    head: '[\n',
    row: (record) => `  ${json(record)}${--left > 0 ? ',' : ''}`,
    between: '\n',
    tail: ']\n',
  };
}

/** RFC 4180: quoted where it holds a separator, a quote or a line end; also where a reader might trim it. */
export function cell(text: string, delimiter: string): string {
  const plain = !text.includes(delimiter) && !/["\r\n]|^\s|\s$/.test(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
