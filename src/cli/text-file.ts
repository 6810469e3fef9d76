/** What the commands for text files share: options, opening, and lines on their way out. */
import { type LargeFile, openLargeFile, type TextEncoding, type TextProgress } from '../text/index.js';
import { writeTo } from './output.js';
import type { Progress } from './progress.js';

export const ENCODINGS = ['auto', 'utf8', 'utf16le', 'utf16be', 'latin1'] as const;

export const ENCODING_OPTION = {
  choices: ENCODINGS,
  default: 'auto',
  describe: 'How the text is encoded; auto: by its byte order mark, else UTF-8',
} as const;

export const SAFE_OPTION = {
  type: 'boolean',
  describe:
    'Read by copying (--no-safe: by mapping); unless given, mapped where nobody can cut the file meanwhile',
} as const;

export interface TextArguments {
  file: string;
  encoding: TextEncoding | 'auto';
  safe?: boolean | undefined;
}

/** Opens the file of a command. Only `perdure index` leaves an index behind. */
export function openText({ file, encoding, safe }: TextArguments): LargeFile {
  return openLargeFile(file, { encoding, keepIndex: false, ...(safe !== undefined && { safe }) });
}

/** Text as it may go to where stdout leads: on a terminal, what would steer it is spelled out. */
export function shownLine(text: string): string {
  if (!process.stdout.isTTY) return text;
  return text.replaceAll(
    /(?!\t)\p{Cc}/gu,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Prints each item of the batches as a line, at the pace of the reader. What is drawn of the progress makes room for them. */
export async function printLines<T>(
  batches: AsyncIterable<readonly T[]>,
  line: (item: T) => string,
  progress: Progress,
): Promise<void> {
  for await (const batch of batches) {
    let text = '';
    for (const item of batch) text += `${line(item)}\n`;
    progress[Symbol.dispose]();
    await writeTo(process.stdout, text);
  }
}

/** Shows how far work has come. */
export function onProgress(progress: Progress): (done: TextProgress) => void {
  return ({ doneBytes, totalBytes }) =>
    progress.update(totalBytes === 0 ? 1 : doneBytes / totalBytes, Math.round(doneBytes / 1e6), 'MB');
}
