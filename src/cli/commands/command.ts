/** The shape of a command, and the arguments that several of them take. */
import type { CommandModule } from 'yargs';
import { UsageError } from '../errors.js';

export interface GlobalArguments {
  json: boolean;
}

/** Declares a command; the types of its arguments are inferred from its builder. */
export function command<U>(module: CommandModule<GlobalArguments, U>): CommandModule {
  return module as unknown as CommandModule;
}

/** A whole number from 0, as it was typed: what Number makes of '' or '0x10' is not what was meant. */
export function wholeNumber(name: string): (value: string | undefined) => number | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    once(name, value);
    const number = Number(value);
    if (!/^\d+$/.test(value) || !Number.isSafeInteger(number)) {
      throw new UsageError(`${name} must be a whole number from 0, not '${value}'`);
    }
    return number;
  };
}

/** Names separated by commas. */
export function nameList(name: string): (value: string | undefined) => string[] | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    once(name, value);
    const names = value.split(',').map((part) => part.trim());
    if (names.includes('')) throw new UsageError(`${name} needs names separated by commas, not '${value}'`);
    return names;
  };
}

/** yargs makes an array of an option that is given twice. */
function once(name: string, value: unknown): void {
  if (Array.isArray(value)) throw new UsageError(`${name} is given more than once`);
}
