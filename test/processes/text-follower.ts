/** Follows a file as the user `nobody`, and says what it reads. POSIX only, started by root. */
import { openLargeFile } from '../../src/text/index.js';
import { answerRequests } from '../support/answers.js';

const [path] = process.argv.slice(2);
const file = openLargeFile(path!);
const tail = file.tail({ follow: true, intervalMs: 2 });

answerRequests<'drop' | 'next'>(async (request) => {
  if (request === 'next') return (await tail.next()).value;
  process.setgroups?.([]);
  process.setgid?.('nogroup');
  process.setuid?.('nobody');
  return process.getuid?.();
});
