/** Step 4: the file is, byte for byte, what step 1 left. */
import { statSync } from 'node:fs';
import { check, step } from '../protocol.js';
import { sha256 } from '../sha256.js';

await step((path, expected) => {
  const found = sha256(path!);
  check(found === expected, `the file's SHA-256 is ${found}; step 1 left ${expected}`);
  const bytes = statSync(path!).size.toLocaleString('en-US');
  return { summary: `all ${bytes} bytes as step 1 left them`, details: [`SHA-256 ${found}`] };
});
