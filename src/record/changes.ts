/** Changes to records that are there: fields set in place, records dropped from the end. */
import { integerIn } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { unknownField } from './codec.js';
import { readOnly } from './record-options.js';
import type { Table } from './table.js';
import { PAGE_SHIFT } from './window.js';

/** Sets the given fields of a record, all or none of them. @throws INVALID_VALUE, OUT_OF_BOUNDS, READ_ONLY, CLOSED */
export function setFields(table: Table, index: number, fields: unknown): void {
  const { area, access, schema } = table;
  const window = area.window(table.checkIndex(index));
  const at = (index - window.first) * schema.recordSize;
  if (typeof fields !== 'object' || fields === null) throw access.codec.refusal(fields, '');
  const names = Object.keys(fields);
  const values = fields as Record<string, unknown>;
  for (const name of names) {
    const field = access.fields.get(name);
    if (field === undefined) throw unknownField(name, access.fields.keys());
    if (!field.codec.fits(values[name])) throw field.codec.refusal(values[name], name);
  }
  if (window.guard[at >> PAGE_SHIFT] !== 1) area.admit(window, at);
  for (const name of names) {
    const { codec, offset } = access.fields.get(name)!;
    codec.store(window, at + offset, values[name]);
  }
}

/** Drops the records from `count` on. @throws OUT_OF_BOUNDS where there are fewer, INVALID_ARGUMENT, READ_ONLY */
export function shorten(table: Table, count: number): void {
  const { path, mode } = table;
  if (mode === 'readonly') throw readOnly(path, "nothing can be dropped in mode 'readonly'");
  integerIn(count, 0, Number.MAX_SAFE_INTEGER, 'count');
  if (count > table.count) {
    throw new PerdureError('OUT_OF_BOUNDS', `'${path}' holds ${table.count} records, not ${count} to keep`, {
      path,
    });
  }
  table.count = count;
  table.shortened();
}
