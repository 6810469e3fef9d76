/** Changes a file again and again while others read it, until it is killed: cuts it off and lets it grow. */
import * as fs from 'node:fs';
import { answerRequests } from '../support/answers.js';

const [path] = process.argv.slice(2);
const LINE = 'a line of thirty-two characters\n';

answerRequests<'open' | 'shorten' | 'grow' | 'go on'>((request) => {
  // It stays open as long as the process lives.
  if (request === 'open') fs.openSync(path!, 'r+');
  else if (request === 'shorten') fs.truncateSync(path!, 32 * 100);
  else if (request === 'grow') fs.appendFileSync(path!, LINE.repeat(100_000));
  else setInterval(() => cutAndGrow(), 0);
});

function cutAndGrow(): void {
  fs.truncateSync(path!, 32);
  fs.appendFileSync(path!, LINE.repeat(300_000));
}
