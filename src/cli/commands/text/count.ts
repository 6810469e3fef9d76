/** `perdure count`: how many lines text files have. */
import { grouped, print } from '../../output.js';
import { Progress } from '../../progress.js';
import { ENCODING_OPTION, onProgress, openText, SAFE_OPTION } from '../../text-file.js';
import { command } from '../command.js';

export const countCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 count <file>

Counts the lines, a last one without an end included. What 'perdure index' has counted is not
counted again.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A text file' })
      .option('encoding', ENCODING_OPTION)
      .option('safe', SAFE_OPTION),
  handler: async (argv) => {
    using file = openText(argv);
    using progress = new Progress('counting');
    const lines = await file.countLines({ onProgress: onProgress(progress) });
    progress[Symbol.dispose]();
    await print(argv.json ? JSON.stringify({ lines, bytes: file.size }) : grouped(lines));
  },
});
