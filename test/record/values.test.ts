/**
 * Values: what was put into a record is what comes out of it, by every way in and every way out.
 *
 * Method: random schemas, nested, with random values that fit them, through real files.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainAccessor } from '../../src/record/accessor-plain.js';
import { type Accessor, type FieldLayout, RecordFile, type Schema } from '../../src/record/index.js';
import type { RecordRequest } from '../processes/plain-records.js';
import { Child } from '../support/child.js';
import { runs } from '../support/seed.js';
import { tempFiles } from '../support/temp-folder.js';
import { schemaAndRecords } from './arbitraries.js';

type AnyRecord = Record<string, unknown>;

/** What an accessor shows, field by field, through its getters. */
function snapshot(accessor: AnyRecord, fields: readonly FieldLayout[]): AnyRecord {
  return Object.fromEntries(
    fields.map(({ name, type }) => {
      const value = accessor[name];
      return [name, type.kind === 'record' ? snapshot(value as AnyRecord, type.fields) : value];
    }),
  );
}

/** Sets every leaf through its own setter. */
function assign(accessor: AnyRecord, value: AnyRecord, fields: readonly FieldLayout[]): void {
  for (const { name, type } of fields) {
    if (type.kind === 'record') assign(accessor[name] as AnyRecord, value[name] as AnyRecord, type.fields);
    else accessor[name] = value[name];
  }
}

function throughCursor(file: RecordFile<AnyRecord>): AnyRecord[] {
  return Array.from(file.records(), (accessor) => snapshot(accessor, file.schema.fields));
}

describe('any schema round-trips any value', () => {
  const name = tempFiles();
  const create = (schema: Schema) => RecordFile.create<AnyRecord>(name('values'), schema, { capacity: 1 });

  it('appended one by one, read as objects and through a cursor, in this opening and the next', () => {
    fc.assert(
      fc.property(schemaAndRecords, ({ schema, records }) => {
        const file = create(schema);
        for (const [index, value] of records.entries()) expect(file.append(value)).toBe(index);
        expect([...file]).toEqual(records);
        expect(throughCursor(file)).toEqual(records);
        file.closeSync();
        const again = RecordFile.open(file.path);
        expect([...again]).toEqual(records);
        expect(again.schema.toString()).toBe(schema.toString());
        again.closeSync();
      }),
      runs(150),
    );
  });

  it('filled through an accessor, set field by field, and set in part', () => {
    fc.assert(
      fc.property(schemaAndRecords, ({ schema, records }) => {
        const file = create(schema);
        file.appendMany(records.length, (accessor, index) => {
          assign(accessor, records[index]!, schema.fields);
        });
        expect([...file]).toEqual(records);
        const last = records.at(-1)!;
        const cursor = file.cursor();
        while (cursor.next()) for (const { name: field } of schema.fields) cursor.record[field] = last[field];
        expect([...file]).toEqual(records.map(() => last));
        for (const [index, value] of records.entries()) file.set(index, value);
        expect(throughCursor(file)).toEqual(records);
        file.closeSync();
      }),
      runs(100),
    );
  });

  it('as columns', () => {
    fc.assert(
      fc.property(schemaAndRecords, ({ schema, records }) => {
        const file = create(schema);
        file.appendMany(records);
        for (const { name: field } of schema.fields) {
          const column = file.column(field);
          expect([...column]).toEqual(records.map((value) => value[field]));
          expect(column.at(records.length - 1)).toEqual(records.at(-1)![field]);
        }
        file.closeSync();
      }),
      runs(50),
    );
  });

  it('in the form without compiled code', () => {
    fc.assert(
      fc.property(schemaAndRecords, ({ schema, records }) => {
        const file = create(schema);
        file.appendMany(records);
        // The plain class over the same window that the file's own accessor stands in.
        const cursor = file.cursor();
        const Plain = plainAccessor(schema.root);
        for (const value of records) {
          expect(cursor.next()).toBe(true);
          const plain = standingWhere(cursor.record, Plain);
          expect(snapshot(plain, schema.fields)).toEqual(value);
          assign(plain, records[0]!, schema.fields);
        }
        expect([...file]).toEqual(records.map(() => records[0]));
        file.closeSync();
      }),
      runs(50),
    );
  });

  it('in a process that forbids code generation', async () => {
    const child = Child.start<RecordRequest>('plain-records', [], {
      execArgv: ['--disallow-code-generation-from-strings'],
    });
    await fc.assert(
      fc.asyncProperty(schemaAndRecords, async ({ schema, records }) => {
        const path = name('plain');
        const read = await child.ask({ path, schema: schema.toString(), records });
        expect(read).toEqual({ compiled: false, objects: records, columns: records });
        const file = RecordFile.open(path, schema);
        expect([...file]).toEqual(records);
        file.closeSync();
      }),
      runs(40),
    );
  });
});

/** An accessor of another class in the same place: it takes over all of the state. */
function standingWhere(
  accessor: Accessor<AnyRecord>,
  AccessorClass: ReturnType<typeof plainAccessor>,
): AnyRecord {
  const symbols = Object.getOwnPropertySymbols(accessor);
  const state = accessor as unknown as Record<symbol, unknown>;
  const named = (text: string) => state[symbols.find((symbol) => symbol.description === text)!];
  const plain = new AccessorClass(named('access') as never, named('window') as never);
  (plain as unknown as Record<symbol, unknown>)[symbols.find((symbol) => symbol.description === 'at')!] =
    named('at');
  return plain as unknown as AnyRecord;
}
