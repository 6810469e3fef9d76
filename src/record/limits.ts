/** Bounds on everything that a schema may ask for. Files are read with the same bounds, so that a hostile one is cheap to refuse. */

/** Fields in one schema, those of nested records included. */
export const MAX_FIELDS = 4096;
/** Arrays and records around a field. */
export const MAX_DEPTH = 8;
/** Bytes of one record: 1 MiB. */
export const MAX_RECORD_BYTES = 2 ** 20;
/** Bytes of a field's or an enumeration's name in UTF-8. */
export const MAX_NAME_BYTES = 255;
/** Names of one enumeration: what a u16 can tell apart. */
export const MAX_ENUMERATION_NAMES = 2 ** 16;
/** Bytes of one header slot, and so, but for its fixed part, of a schema's text: 1 MiB. */
export const MAX_SLOT_BYTES = 2 ** 20;
