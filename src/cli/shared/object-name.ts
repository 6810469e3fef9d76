/** The name of an object on the command line, and the options that say whose it is. */
import type { Options } from 'yargs';
import { UsageError } from '../errors.js';

export const GLOBAL_OPTION = {
  type: 'boolean',
  default: false,
  describe: 'For every user of the machine: the name gets the prefix Global\\',
} as const satisfies Options;

export const EVERYONE_OPTION = {
  type: 'boolean',
  default: false,
  describe: 'Let every user open it, not only this one',
} as const satisfies Options;

/** The name as the library takes it. */
export function objectName(name: string, global: boolean): string {
  if (!global || name.startsWith('Global\\')) return name;
  if (name.startsWith('Local\\'))
    throw new UsageError(`'${name}' is local, and --global says that it is not`);
  return `Global\\${name}`;
}
