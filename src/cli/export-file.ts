/** Where an export goes: to standard output, or to the file that --output names, which then is complete or as it was. */
import { createWriteStream } from 'node:fs';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import { EXPORT_FORMATS, type ExportFormat } from './export-text.js';
import { plural, print, printJson, writeTo } from './output.js';
import { Progress } from './progress.js';
import { Replacement } from './replacement.js';

export const OUTPUT_OPTIONS = {
  output: { alias: 'o', type: 'string', requiresArg: true, describe: 'The file to write' },
  force: { alias: 'f', type: 'boolean', default: false, describe: 'Replace a file that exists' },
} as const;

/** @param otherwise the format where neither --format nor the name of --output says one */
export function formatOption(otherwise: string) {
  return {
    choices: EXPORT_FORMATS,
    describe: `The format; by the name of --output unless given, else ${otherwise}`,
  } as const;
}

export interface ExportArguments {
  readonly format: ExportFormat | undefined;
  readonly output: string | undefined;
  readonly force: boolean;
  readonly json: boolean;
}

/**
 * Writes an export, and says what was written where that is a file.
 * @param otherwise the format unless the arguments say one
 * @param all how many records there are
 * @param pieces of text; they tell `reached` how many records they hold
 */
export async function writeExport(
  { format: wanted, output, force, json }: ExportArguments,
  otherwise: ExportFormat,
  all: () => number,
  pieces: (format: ExportFormat, reached?: (count: number) => void) => Iterable<string>,
): Promise<void> {
  const format = wanted ?? byName(output) ?? otherwise;
  if (output === undefined) {
    for (const text of pieces(format)) await writeTo(process.stdout, text);
    return;
  }
  const { records, bytes } = await writeFile(output, force, all(), (reached) => pieces(format, reached));
  if (json) await printJson({ output, format, records, bytes });
  else await print(`${plural(records, 'record')} written to ${output}`);
}

async function writeFile(
  output: string,
  force: boolean,
  all: number,
  pieces: (reached: (count: number) => void) => Iterable<string>,
): Promise<{ records: number; bytes: number }> {
  using replacement = new Replacement(output, force);
  using progress = new Progress('exporting');
  const stream = createWriteStream(replacement.path, { flush: true });
  const done = finished(stream);
  // Whoever waits for 'drain' learns of a failure through `done`.
  done.catch(() => {});
  let records = 0;
  for (const text of pieces((count) => (records = count))) {
    await Promise.race([writeTo(stream, text), done]);
    progress.update(all === 0 ? 1 : records / all, records, 'records');
  }
  stream.end();
  await done;
  replacement.commit();
  return { records, bytes: stream.bytesWritten };
}

function byName(output: string | undefined): ExportFormat | undefined {
  const extension = extname(output ?? '').toLowerCase();
  if (extension === '.jsonl') return 'ndjson';
  return EXPORT_FORMATS.find((format) => extension === `.${format}`);
}
