/** The TypeScript types of what record files take and of paths to fields. */

/** What a record is written from: as it is read, but arrays may be anything like an array. */
export type RecordInput<R> = { [K in keyof R]: InputOf<R[K]> };

type InputOf<T> = T extends Date | Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? ArrayLike<InputOf<E>>
    : T extends object
      ? RecordInput<T>
      : T;

type IsAny<T> = 0 extends 1 & T ? true : false;

type PartPath<T, P extends string> =
  IsAny<T> extends true
    ? P
    : T extends Date | Uint8Array
      ? P
      : T extends readonly (infer E)[]
        ? P | PartPath<E, `${P}.${number}`>
        : T extends object
          ? P | { [K in keyof T & string]: PartPath<T[K], `${P}.${K}`> }[keyof T & string]
          : P;

/** The paths of a record's fields: `'id'`, `'position.lat'`, `'tags.2'`. */
export type FieldPath<R> =
  IsAny<R> extends true
    ? string
    : string extends keyof R
      ? string
      : { [K in keyof R & string]: PartPath<R[K], K> }[keyof R & string];

/** The type of the value at a path. */
export type ValueAt<R, P extends string> =
  IsAny<R> extends true
    ? unknown
    : P extends keyof R
      ? R[P]
      : P extends `${infer Head}.${infer Rest}`
        ? Head extends keyof R
          ? ValueAt<R[Head], Rest>
          : R extends readonly (infer E)[]
            ? ValueAt<E, Rest>
            : unknown
        : R extends readonly (infer E)[]
          ? E
          : unknown;
