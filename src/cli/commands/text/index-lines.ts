/** `perdure index`: makes the line index of a text file and keeps it beside the file. */
import { statSync } from 'node:fs';
import { PerdureError } from '../../../os/errors.js';
import { openLargeFile } from '../../../text/index.js';
import { KEEP_FROM_BYTES } from '../../../text/indexed-text.js';
import { byteSize, facts, grouped, print, printJson } from '../../output.js';
import { Progress } from '../../progress.js';
import { ENCODING_OPTION, onProgress, SAFE_OPTION } from '../../text-file.js';
import { command } from '../command.js';

export const indexCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 index <file>

Counts the lines, and keeps where they are in a small file beside it, '<file>.lines', unless the
text is shorter than 16 MiB. The other commands find lines by it. It is looked at anew whenever it
is used: what does not fit the text is not believed, and what was appended is counted.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A text file' })
      .option('encoding', ENCODING_OPTION)
      .option('safe', SAFE_OPTION),
  handler: async ({ file: path, encoding, safe, json }) => {
    using file = openLargeFile(path, { encoding, ...(safe !== undefined && { safe }) });
    using progress = new Progress('counting');
    const started = performance.now();
    const lines = await file.countLines({ onProgress: onProgress(progress) });
    const milliseconds = Math.round(performance.now() - started);
    progress[Symbol.dispose]();
    const place = `${path}.lines`;
    const kept = statSync(place, { throwIfNoEntry: false });
    const indexBytes = kept?.isFile() ? kept.size : 0;
    if (indexBytes === 0 && file.size >= KEEP_FROM_BYTES) {
      throw new PerdureError(
        'IO_ERROR',
        `the index of '${path}' could not be kept as '${place}'; make room for it, and its folder writable`,
        { path: place },
      );
    }
    if (json)
      return printJson({
        lines,
        bytes: file.size,
        index: indexBytes > 0 ? place : null,
        indexBytes,
        milliseconds,
      });
    await print(
      facts([
        ['lines', grouped(lines)],
        ['file', byteSize(file.size)],
        [
          'index',
          indexBytes > 0 ? `${byteSize(indexBytes)} in '${place}'` : 'none is kept for a file of this size',
        ],
        ['time', `${milliseconds} ms`],
      ]),
    );
  },
});
