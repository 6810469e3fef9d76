/** The records of a store, as `exportText` takes them. */
import type { TextForm } from '../export-text.js';
import type { OpenTable } from './open-table.js';

/** A record as a JSON object on one line. */
export function recordLine({ keys, values }: OpenTable, key: unknown, value: unknown): string {
  return `{"key":${keys.json(key)},"value":${values.json(value)}}`;
}

/** As objects of a key and a value, or a table of these two columns. */
export function pairForm(open: OpenTable): TextForm<[unknown, unknown]> {
  const { keys, values } = open;
  return {
    json: ([key, value]) => recordLine(open, key, value),
    columns: ['key', 'value'],
    cells: ([key, value]) => [keys.text(key), values.text(value)],
  };
}
