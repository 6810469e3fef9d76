/** Records of any kind as text, in pieces of about 64 KiB. */

export const EXPORT_FORMATS = ['csv', 'tsv', 'json', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** How records of a kind are written. */
export interface TextForm<T> {
  /** As JSON on one line. */
  json(record: T): string;
  /** Of a table. */
  readonly columns: readonly string[];
  /** One for each column. */
  cells(record: T): readonly string[];
}

const PIECE_CHARACTERS = 2 ** 16;

/** @param reached told how many records the pieces hold, with the one that is about to be yielded */
export function* exportText<T>(
  records: Iterable<T>,
  form: TextForm<T>,
  format: ExportFormat,
  reached: (count: number) => void = () => {},
): Generator<string> {
  const { head, row, between, tail } = writerFor(form, format);
  let text = head;
  let count = 0;
  for (const record of records) {
    if (count > 0) text += between;
    text += row(record);
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

interface Writer<T> {
  readonly head: string;
  readonly row: (record: T) => string;
  readonly between: string;
  /** Behind the end of the last line. */
  readonly tail: string;
}

function writerFor<T>(form: TextForm<T>, format: ExportFormat): Writer<T> {
  const json = (record: T) => form.json(record);
  if (format === 'ndjson') return { head: '', row: json, between: '\n', tail: '' };
  // One array with an element a line.
  if (format === 'json') {
    return { head: '[\n', row: (record) => `  ${json(record)}`, between: ',\n', tail: ']\n' };
  }
  const delimiter = format === 'tsv' ? '\t' : ',';
  const line = (cells: readonly string[]) => cells.map((text) => cell(text, delimiter)).join(delimiter);
  return {
    head: `${line(form.columns)}\n`,
    row: (record) => line(form.cells(record)),
    between: '\n',
    tail: '',
  };
}

/** RFC 4180: quoted where it holds a separator, a quote or a line end; also where a reader might trim it. */
function cell(text: string, delimiter: string): string {
  const plain = !text.includes(delimiter) && !/["\r\n]|^\s|\s$/.test(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
