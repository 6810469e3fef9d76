/** Records of a store as text, in pieces of about 64 KiB. */
import type { RangeOptions } from '../../kv/store/index.js';
import { cell, type ExportFormat } from '../export-text.js';
import type { OpenTable } from './open-table.js';

const PIECE_CHARACTERS = 2 ** 16;

/** A record as a JSON object on one line. */
export function recordLine({ keys, values }: OpenTable, key: unknown, value: unknown): string {
  return `{"key":${keys.json(key)},"value":${values.json(value)}}`;
}

/** @param reached told how many records the pieces hold, with the one that is about to be yielded */
export function* exportText(
  open: OpenTable,
  range: RangeOptions<unknown>,
  format: ExportFormat,
  reached: (count: number) => void = () => {},
): Generator<string> {
  const { head, row, between, tail } = writerFor(open, format);
  let text = head;
  let count = 0;
  for (const [key, value] of open.table.entries(range)) {
    if (count > 0) text += between;
    text += row(key, value);
    count += 1;
    if (text.length < PIECE_CHARACTERS) continue;
    reached(count);
    yield text;
    text = '';
  }
  reached(count);
  text += count > 0 ? `\n${tail}` : tail;
  if (text !== '') yield text;
}

interface Writer {
  readonly head: string;
  readonly row: (key: unknown, value: unknown) => string;
  readonly between: string;
  readonly tail: string;
}

function writerFor(open: OpenTable, format: ExportFormat): Writer {
  const json = (key: unknown, value: unknown) => recordLine(open, key, value);
  if (format === 'ndjson') return { head: '', row: json, between: '\n', tail: '' };
  if (format === 'json') {
    return { head: '[\n', row: (key, value) => `  ${json(key, value)}`, between: ',\n', tail: ']\n' };
  }
  const { keys, values } = open;
  const delimiter = format === 'tsv' ? '\t' : ',';
  return {
    head: `key${delimiter}value\n`,
    row: (key, value) =>
      `${cell(keys.text(key), delimiter)}${delimiter}${cell(values.text(value), delimiter)}`,
    between: '\n',
    tail: '',
  };
}
