/** The scalar types by the names that they have in schemas. */
import { show } from '../os/arguments.js';
import { invalidSchema } from './names.js';
import { bool, date, type FieldType, f32, f64, i8, i16, i32, i64, u8, u16, u32, u64 } from './types.js';

const SCALARS = new Map<string, FieldType>(
  Object.entries({ u8, i8, u16, i16, u32, i32, u64, i64, f32, f64, bool, date }),
);

/** @throws INVALID_SCHEMA */
export function scalarType(name: string): FieldType {
  const type = SCALARS.get(name);
  if (type !== undefined) return type;
  throw invalidSchema(
    `${show(name)} is no field type; there are ${[...SCALARS.keys()].join(' ')}, utf8(n) bytes(n) array(type,n) ` +
      'enumeration(a|b) record(name:type, ...)',
  );
}
