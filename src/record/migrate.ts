/**
 * Adding fields to a file of records, behind those that it has.
 *
 * Everything is rewritten into a new file beside the old one, which is made durable and then takes the old one's place
 * in one step: whatever happens, the path holds the old file whole or the new one whole.
 *
 * Nobody writes to the old file meanwhile. On POSIX it is kept open, exclusively, until the new one has its name: who was
 * refused and tries again finds the new file. Windows replaces no file that is open, so there the old one is closed
 * first: what another process opens, appends and closes within that instant is lost. (One that still has it open
 * makes the replacement fail, and the file is as it was.)
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, realpathSync, rmSync, statSync } from 'node:fs';
import { knownOptions } from '../os/arguments.js';
import { PerdureError } from '../os/errors.js';
import { nativeOs } from '../os/index.js';
import { type Accessor, AT, type RecordAccessor, WINDOW } from './accessor.js';
import { unknownField } from './codec.js';
import { schemaDifference } from './difference.js';
import type { RecordInput } from './field-types.js';
import { checkSchema } from './opening.js';
import { recordAccess } from './record-access.js';
import { RecordFile } from './record-file.js';
import type { RecordFileInternals } from './record-options.js';
import { Schema, type UntypedRecord } from './schema.js';
import { RecordType } from './types.js';

export interface MigrateOptions<R> {
  /**
   * The values of the new fields, all of them: the same for every record, or what a function makes of the old one (an
   * accessor, which is reused) and its index.
   */
  defaults:
    | Partial<RecordInput<R>>
    | ((record: Readonly<UntypedRecord>, index: number) => Partial<RecordInput<R>>);
}

/**
 * Rewrites the file at `path` for a schema that has new fields behind the present ones, and returns how many records it
 * holds. Nobody else may have the file open; it takes room on the disk for both files. A file that has this
 * schema already is left alone. A symbolic link stays one; the file it leads to is replaced, and on POSIX keeps its
 * permissions, and its owner where the process may give files away.
 * @throws SCHEMA_MISMATCH where the present fields are not the first ones of the new schema, INVALID_VALUE where a default
 *   is missing or does not fit, SHARING_VIOLATION, DISK_FULL; the file is as it was
 */
export async function migrate<R>(
  path: string,
  schema: Schema<R>,
  options: MigrateOptions<R>,
  internals: Pick<RecordFileInternals, 'os'> = {},
): Promise<number> {
  checkSchema(schema);
  knownOptions(options, ['defaults'], 'the options of migrate');
  const os = internals.os ?? nativeOs();
  const target = withoutLinks(path);
  const posix = os.platform !== 'windows';
  const old = RecordFile.open<UntypedRecord>(target, undefined, { share: 'none' }, { os });
  const temporary = `${target}.${randomUUID()}.tmp`;
  try {
    checkExtends(target, old.schema, schema);
    const { count } = old;
    if (old.schema.fields.length === schema.fields.length) return count;
    const added = RecordFile.create(temporary, schema, { capacity: count }, { os });
    try {
      // Before there is anything in it that not everybody may read. A simulated disk has no permissions.
      if (posix && internals.os === undefined) keepPermissions(target, temporary);
      copyRecords(old, added, options.defaults);
    } finally {
      await added.close();
    }
    if (!posix) old.closeSync();
    os.replaceFile(temporary, target);
    return count;
  } finally {
    old.closeSync();
    rmSync(temporary, { force: true });
  }
}

/** Where links lead to; the path as it is where that cannot be said: opening it says why. */
function withoutLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function keepPermissions(from: string, to: string): void {
  const { mode, uid, gid } = statSync(from);
  try {
    chownSync(to, uid, gid);
  } catch (error) {
    // Only root gives files away, and in a container not to everybody (EINVAL).
    if (!['EPERM', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  chmodSync(to, mode & 0o777);
}

function checkExtends(path: string, old: Schema, schema: Schema): void {
  const first = schema.fields.slice(0, old.fields.length).map(({ name, type }) => [name, type] as const);
  const difference = schemaDifference(old, new Schema(new RecordType(first), ''));
  if (difference === undefined) return;
  throw new PerdureError(
    'SCHEMA_MISMATCH',
    `'${path}' can be migrated only to a schema that begins with its present fields: ${difference}`,
    { path },
  );
}

function copyRecords<R>(
  old: RecordFile<UntypedRecord>,
  added: RecordFile<R>,
  defaults: MigrateOptions<R>['defaults'],
): void {
  const from = old.schema.fields.length;
  const fields = added.schema.fields.slice(from).map(({ name, offset }) => {
    return { name, offset, codec: recordAccess(added.schema).fields.get(name)!.codec };
  });
  // By the rules of layout the present fields keep their places: they are copied as bytes, up to the end of the last.
  const last = old.schema.fields[from - 1]!;
  const keptBytes = last.offset + last.size;
  const cursor = old.cursor();
  const names = new Set(fields.map((field) => field.name));
  added.appendMany(old.count, (record: Accessor<R>, index) => {
    cursor.moveTo(index);
    const source = cursor.record as unknown as RecordAccessor;
    const target = record as unknown as RecordAccessor;
    const window = target[WINDOW];
    const bytes = source[WINDOW].u8.subarray(source[AT], source[AT] + keptBytes);
    window.u8.set(bytes, target[AT]);
    const values = (
      typeof defaults === 'function' ? defaults(cursor.record, index) : defaults
    ) as UntypedRecord;
    const extra = Object.keys(values ?? {}).find((name) => !names.has(name));
    if (extra !== undefined) throw unknownField(extra, names);
    for (const { name, offset, codec } of fields) {
      if (!codec.fits(values?.[name])) throw codec.refusal(values?.[name], name);
      codec.store(window, target[AT] + offset, values[name]);
    }
  });
}
