/** `perdure shm watch`: shows what memory holds whenever that has changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from '../../output.js';
import { excerptOf, excerptOptions, excerptText } from '../../shared/excerpt.js';
import { fullName, GLOBAL_OPTION, NAME_POSITIONAL } from '../../shared/object-name.js';
import { openMemory, openOrCreateEvent } from '../../shared/open-objects.js';
import { onSignal, seconds } from '../../shared/told-to-end.js';
import { command, wholeNumber } from '../command.js';

const DEFAULT_INTERVAL_MS = 200;

export const watchCommand = command({
  builder: (yargs) =>
    excerptOptions(
      yargs
        .usage(
          `$0 shm watch <name>

Shows what memory holds, and again whenever that has changed. Memory does not tell that it was
stored into: it is looked at once every interval, and what came and went between two looks is not
seen. With --event it is looked at, and shown, each time that the event is set. The memory stays
while it is watched.`,
        )
        .positional('name', NAME_POSITIONAL)
        .option('global', GLOBAL_OPTION),
    )
      .option('interval', {
        type: 'string',
        requiresArg: true,
        coerce: seconds('--interval', { from: 'above zero', forever: false }),
        describe: `Seconds between two looks; ${DEFAULT_INTERVAL_MS / 1000} unless given`,
      })
      .option('event', {
        type: 'string',
        requiresArg: true,
        conflicts: 'interval',
        describe: 'Look when the event of this name is set; it is created where it is not there',
      })
      .option('count', {
        type: 'string',
        requiresArg: true,
        coerce: wholeNumber('--count', 1),
        describe: 'End after having shown it so many times',
      })
      .example('$0 shm watch MMFSharedData', '')
      .example(
        '$0 shm watch MMFSharedData --event MMFChanged',
        "until 'perdure shm write --event MMFChanged'",
      ),
  handler: async (argv) => {
    const { interval = DEFAULT_INTERVAL_MS, count = Number.POSITIVE_INFINITY } = argv;
    using memory = openMemory(fullName(argv.name, argv.global), { mode: 'readonly' });
    using event = argv.event === undefined ? undefined : openOrCreateEvent(fullName(argv.event, argv.global));
    const view = memory.view();
    const over = new AbortController();
    const forget = onSignal(() => over.abort());
    const { signal } = over;
    const pause = () => (event ? event.wait({ signal }) : sleep(interval, undefined, { signal }));
    try {
      let last: Buffer | undefined;
      for (let shown = 0; shown < count; await pause()) {
        const bytes = excerptOf(view, memory.name, argv);
        if (!event && last?.equals(bytes)) continue;
        last = bytes;
        shown += 1;
        await print(excerptText(bytes, memory.name, argv));
        if (shown === count) break;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      forget();
    }
  },
});
