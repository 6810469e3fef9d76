/**
 * What a store's directory holds for each table: listed in the root slot (see slot-lists.ts), or in the tree of tables under the
 * table's name in UTF-8.
 *
 *   offset   size   meaning
 *   0        24     the table's tree (see tree-record.ts)
 *   24       1      kind: 0 one value a key; 1 many a key, sorted; 2 one value a key, with a version
 *   25       1      key codec (see keys/)
 *   26       1      value codec (see values/; for kind 1 a key codec)
 *   27       1      reserved: zero
 *   28       6      the version given last, u48; 0 but for kind 2
 *   34       6      reserved: zero
 *   40       n      what the value codec needs to know of itself: a record schema as canonical JSON; nothing for most
 */
import { decodeTreeRecord, encodeTreeRecord, type TreeRecord } from './tree-record.js';

export const TABLE_RECORD_BYTES = 40;
const AT = {
  kind: 24,
  keyCodec: 25,
  valueCodec: 26,
  reserved: 27,
  lastVersion: 28,
  schema: TABLE_RECORD_BYTES,
} as const;
const KINDS = ['plain', 'multi', 'versioned'] as const;
export type TableKind = (typeof KINDS)[number];

export interface TableRecord {
  readonly tree: TreeRecord;
  readonly kind: TableKind;
  readonly keyCodec: number;
  readonly valueCodec: number;
  readonly lastVersion: number;
  readonly schemaText: string;
}

export function encodeTableRecord(table: TableRecord): Buffer {
  const schema = Buffer.from(table.schemaText);
  const bytes = Buffer.alloc(AT.schema + schema.length);
  encodeTreeRecord(table.tree, bytes, 0);
  bytes[AT.kind] = KINDS.indexOf(table.kind);
  bytes[AT.keyCodec] = table.keyCodec;
  bytes[AT.valueCodec] = table.valueCodec;
  bytes.writeUIntLE(table.lastVersion, AT.lastVersion, 6);
  schema.copy(bytes, AT.schema);
  return bytes;
}

/** What is wrong with the bytes, or the table. */
export function decodeTableRecord(bytes: Buffer): TableRecord | string {
  if (bytes.length < AT.schema) return `a table's record has ${bytes.length} bytes`;
  const tree = decodeTreeRecord(bytes, 0);
  if (typeof tree === 'string') return tree;
  const kind = KINDS[bytes[AT.kind]];
  if (kind === undefined) return `a table is of unknown kind ${bytes[AT.kind]}`;
  if (bytes[AT.reserved] !== 0 || bytes.subarray(AT.lastVersion + 6, AT.schema).some((byte) => byte !== 0))
    return 'reserved bytes are not zero';
  return {
    tree,
    kind,
    keyCodec: bytes[AT.keyCodec],
    valueCodec: bytes[AT.valueCodec],
    lastVersion: bytes.readUIntLE(AT.lastVersion, 6),
    schemaText: bytes.toString('utf8', AT.schema),
  };
}
