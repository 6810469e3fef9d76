/**
 * Reads a file over and over, through a view of its own and through fs, and notes the first byte that is not as it was
 * told. Ends with its answer to 'stop'.
 */
import { readFileSync } from 'node:fs';
import { MappedFile } from '../../src/index.js';
import { answerRequests } from '../support/answers.js';

export type ReaderRequest = { do: 'watch'; path: string; expected: Uint8Array } | { do: 'stop' };

export interface Watched {
  /** How often the whole file was compared. */
  rounds: number;
  /** Where it differed first, and how it was read; undefined if it never did. */
  difference?: string;
}

const watched: Watched = { rounds: 0 };
let timer: NodeJS.Immediate | undefined;

function differenceOf(found: Uint8Array, expected: Buffer, how: string): string | undefined {
  if (expected.equals(found)) return undefined;
  const at = expected.findIndex((byte, index) => byte !== found[index]);
  return `${how}: byte ${at} is ${found[at]} instead of ${expected[at]}, of ${found.length}`;
}

answerRequests<ReaderRequest>((request) => {
  if (request.do === 'stop') {
    clearImmediate(timer);
    return watched;
  }
  const { path } = request;
  const expected = Buffer.from(request.expected);
  const view = MappedFile.open(path).view();
  const round = () => {
    watched.difference ??=
      differenceOf(view.bytes, expected, 'mapped') ?? differenceOf(readFileSync(path), expected, 'read');
    watched.rounds++;
    timer = setImmediate(round);
  };
  round();
  return;
});
