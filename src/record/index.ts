/** Typed records in files: definitions, record files, and the same bytes for C and NumPy. */
export type { Accessor } from './accessor.js';
export type { Fill } from './appender.js';
export { toCStruct } from './c-struct.js';
export { Column, type ColumnChunk, type NumericArray, type SumOf } from './column.js';
export { Cursor, type CursorRange } from './cursor.js';
export type { FieldPath, RecordInput, ValueAt } from './field-types.js';
export type { FieldLayout } from './layout.js';
export { type MigrateOptions, migrate } from './migrate.js';
export { type RecordsInFile, toNumpyDtype } from './numpy-dtype.js';
export { parseSchema } from './parse-schema.js';
export { RecordArray, type RecordsInOptions, recordsIn } from './record-array.js';
export { RecordFile } from './record-file.js';
export type { RecordCreateOptions, RecordOpenOptions } from './record-options.js';
export { type RecordValueCodec, recordValue } from './record-value.js';
export { defineRecord, type RecordOf, Schema, type SchemaJson, type UntypedRecord } from './schema.js';
export {
  type AnyType,
  array,
  bool,
  bytes,
  date,
  enumeration,
  FieldType,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  record,
  u8,
  u16,
  u32,
  u64,
  utf8,
  type ValueOf,
} from './types.js';
