/** The commands for text files of any size. */
import type { CommandModule } from 'yargs';
import { later } from './command.js';

export const textCommands: readonly CommandModule[] = [
  later(
    'lines <file>',
    'Print lines of a text file of any size, by number',
    async () => (await import('./text/lines.js')).linesCommand,
  ),
  later(
    'find <file> <text>',
    'Print the lines of a text file that hold a text, with their numbers',
    async () => (await import('./text/find.js')).findCommand,
  ),
  later(
    'tail <file>',
    'Print the last lines of a text file, and those that are appended',
    async () => (await import('./text/tail.js')).tailCommand,
  ),
  later(
    'count <file>',
    'Count the lines of a text file',
    async () => (await import('./text/count.js')).countCommand,
  ),
  later(
    'index <file>',
    'Count the lines of a text file once, so that any of them is found at once',
    async () => (await import('./text/index-lines.js')).indexCommand,
  ),
  later(
    'columns <file> <columns>',
    'Print some columns of a CSV, TSV or NDJSON file',
    async () => (await import('./text/columns.js')).columnsCommand,
  ),
  later(
    'residency <file>',
    'Show which parts of a file are in memory, as a bar',
    async () => (await import('./text/residency.js')).residencyCommand,
  ),
];
