/** Opening a record file to look at it. */
import { RecordFile } from '../record/index.js';

/** Opens it with its own schema, beside whoever has it open and lets others read. */
export function openForReading(path: string): RecordFile {
  return RecordFile.open(path);
}
