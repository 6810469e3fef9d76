/** The name of an object on the command line, and the options that say whose it is. */
import type { Options, PositionalOptions } from 'yargs';
import { PerdureError } from '../../os/index.js';
import { nameProblem, parseObjectName } from '../../os/names.js';
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

export const NAME_POSITIONAL = {
  type: 'string',
  demandOption: true,
  describe: "Its name; 'Global\\' before it makes it one for every user",
} as const satisfies PositionalOptions;

/** The name with its prefix, which is how it is shown. @throws INVALID_ARGUMENT for what is none */
export function fullName(name: string, global: boolean): string {
  const given = objectName(name, global);
  const problem = nameProblem(given);
  if (problem) throw new PerdureError('INVALID_ARGUMENT', `${problem.meaning}; choose another name`);
  return parseObjectName(given, 'perdure').full;
}

/** The name as the library takes it. */
export function objectName(name: string, global: boolean): string {
  if (!global || name.startsWith('Global\\')) return name;
  if (name.startsWith('Local\\'))
    throw new UsageError(`'${name}' is local, and --global says that it is not`);
  return `Global\\${name}`;
}
