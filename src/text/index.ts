/** Text files of any size: lines, search, columns, and following what is appended. */
export type { TextEncoding } from './encoding.js';
export type { FieldFormat, FieldRow } from './fields.js';
export { LargeFile, openLargeFile } from './large-file.js';
export type { LineForm, LineForms, LineSpan } from './line-forms.js';
export type {
  CountOptions,
  FieldsOptions,
  FindOptions,
  LargeFileOptions,
  LinesOptions,
  SampleOptions,
  TailOptions,
} from './options.js';
export type { PaceOptions, TextProgress } from './pace.js';
export type { Reading } from './pages.js';
export type { SampledLine } from './sample.js';
export type { LineMatch } from './search.js';
export type { TailEvent } from './tail.js';
export { Sequence } from './work.js';
