/** Names of objects that no two tests share, also not two runs of the tests at once. */
let count = 0;

export function uniqueName(stem = 'object'): string {
  return `perdure-test-${process.pid}-${stem}-${count++}`;
}
