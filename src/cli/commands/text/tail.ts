/** `perdure tail`: the last lines of a text file, and those that come. */
import { isReaderGone } from '../../../os/reader-gone.js';
import { handOver, print } from '../../output.js';
import { onSignal } from '../../shared/told-to-end.js';
import { ENCODING_OPTION, openText, shownLine } from '../../text-file.js';
import { command, wholeNumber } from '../command.js';

/** How often it is looked whether anybody reads on: nothing tells of it while no line comes. */
const LOOK_MS = 250;

export const tailCommand = command({
  builder: (yargs) =>
    yargs
      .usage(
        `$0 tail <file>

Prints the last lines. With --follow it goes on with what is appended, until Ctrl-C; a file that
is cut, replaced or removed is told of on stderr, and what then has its name is gone on with. It
ends, too, when nobody reads its output any more.`,
      )
      .positional('file', { type: 'string', demandOption: true, describe: 'A text file' })
      .option('lines', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--lines'),
        describe: 'How many (10)',
      })
      .option('follow', { type: 'boolean', default: false, describe: 'Go on with the lines that come' })
      .option('encoding', ENCODING_OPTION)
      .example('$0 tail big.log --lines 100', '')
      .example('$0 tail big.log --follow', ''),
  handler: async (argv) => {
    const { lines = 10, follow, json } = argv;
    using file = openText({ ...argv, safe: true });
    const controller = new AbortController();
    const undo = follow ? endOf(() => controller.abort()) : () => {};
    const onEvent = (event: string) => process.stderr.write(`perdure: '${argv.file}' was ${event}\n`);
    const shown = (text: string) => (json ? JSON.stringify({ text }) : shownLine(text));
    try {
      for await (const text of file.tail({ lines, follow, signal: controller.signal, onEvent })) {
        if (follow) await handOver(`${shown(text)}\n`);
        else await print(shown(text));
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      undo();
    }
  },
});

/** Calls `end` when the command is told to end, or nobody reads on. @returns what takes that back */
function endOf(end: () => void): () => void {
  const undo = onSignal(end);
  const timer = setInterval(() => {
    if (isReaderGone(process.stdout.fd)) end();
  }, LOOK_MS);
  return () => {
    undo();
    clearInterval(timer);
  };
}
