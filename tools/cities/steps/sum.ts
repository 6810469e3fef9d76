/** The other process of step 3: the sum of the populations as it sees them. */
import { RecordFile } from '../../../src/index.js';
import { step } from '../protocol.js';
import { CitySchema } from '../schema.js';

await step((path) => {
  const file = RecordFile.open(path!, CitySchema);
  const value = String(file.column('population').sum());
  file.closeSync();
  return { summary: `sum ${value}`, value };
});
