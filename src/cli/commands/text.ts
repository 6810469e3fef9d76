/** The commands for text files of any size. */
import type { CommandModule } from 'yargs';
import { columnsCommand } from './text/columns.js';
import { countCommand } from './text/count.js';
import { findCommand } from './text/find.js';
import { indexCommand } from './text/index-lines.js';
import { linesCommand } from './text/lines.js';
import { residencyCommand } from './text/residency.js';
import { tailCommand } from './text/tail.js';

export const textCommands: readonly CommandModule[] = [
  linesCommand,
  findCommand,
  tailCommand,
  countCommand,
  indexCommand,
  columnsCommand,
  residencyCommand,
];
