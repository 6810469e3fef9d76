/** Writes and reads records in a process that may forbid code generation; see record/values.test.ts. */
import { parseSchema, RecordFile } from '../../src/record/index.js';
import { answerRequests } from '../support/answers.js';

export interface RecordRequest {
  path: string;
  schema: string;
  records: Record<string, unknown>[];
}

function compiles(): boolean {
  try {
    return new Function('return true')();
  } catch {
    return false;
  }
}

answerRequests<RecordRequest>(({ path, schema, records }) => {
  const file = RecordFile.create(path, parseSchema(schema));
  try {
    file.appendMany(records);
    // Every record once more through the setters of an accessor.
    for (const accessor of file.records()) {
      for (const { name, type } of file.schema.fields) {
        const value = accessor[name];
        if (type.kind !== 'record') accessor[name] = value;
      }
    }
    const columns = records.map((_, index) =>
      Object.fromEntries(file.schema.fields.map(({ name }) => [name, file.column(name).at(index)])),
    );
    return { compiled: compiles(), objects: [...file], columns };
  } finally {
    file.closeSync();
  }
});
