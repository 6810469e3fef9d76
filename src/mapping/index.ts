/** Files mapped into memory: lifetime, alignment, segments, growth, flush. */
export { MappedFile, type MappedFileInternals, type Residency } from './mapped-file.js';
export type { MappedFileOptions, Share } from './options.js';
export type { Range } from './range.js';
export type { OpenMode } from './segments.js';
export { View } from './view.js';
