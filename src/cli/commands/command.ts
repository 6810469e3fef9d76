/** The shape of a command, and the arguments that several of them take. */
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { commandName } from '../command-meant.js';
import { UsageError } from '../errors.js';

export interface GlobalArguments {
  json: boolean;
}

/** What a command takes and does, in a module of its own. */
export interface CommandBody {
  builder(yargs: Argv): Argv;
  handler(argv: ArgumentsCamelCase): void | Promise<void>;
}

/** Declares what a command takes and does; the types of its arguments are inferred from its builder. */
export function command<U>(body: {
  builder: (yargs: Argv<GlobalArguments>) => Argv<U>;
  handler: (argv: ArgumentsCamelCase<U>) => void | Promise<void>;
}): CommandBody {
  return body as unknown as CommandBody;
}

/** A command whose module is loaded only where the command is meant: most of a start is loading. */
export interface LaterCommand extends CommandModule {
  /** Loads it. */
  prepare(): Promise<void>;
}

export function later(command: string, describe: string, load: () => Promise<CommandBody>): LaterCommand {
  let body: CommandBody | undefined;
  return {
    command,
    describe,
    prepare: async () => {
      body = await load();
    },
    // yargs takes a builder that is asynchronous, but then says less well what is wrong.
    builder: (yargs) => (body ? body.builder(yargs) : load().then((loaded) => loaded.builder(yargs))) as Argv,
    handler: async (argv) => (body ?? (await load())).handler(argv),
  };
}

/** A command that only has others below it. */
export interface Group extends CommandModule {
  readonly commands: readonly CommandModule[];
}

/** Declares a command that only has others below it. @param what it is about, for 'say what to do with ...' */
export function group(
  module: { command: string; describe: string; builder: (yargs: Argv) => Argv },
  what: string,
  commands: readonly CommandModule[],
): Group {
  return {
    ...module,
    commands,
    builder: (yargs) => withCommands(module.builder(yargs), commands, `say what to do with ${what}`),
    handler: () => {},
  };
}

/** Has one of these commands asked for. */
export function withCommands<T>(yargs: Argv<T>, commands: readonly CommandModule[], ask: string): Argv<T> {
  const names = commands.map(commandName);
  return yargs
    .command([...commands])
    .demandCommand(1, `${ask}: ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`);
}

/** A whole number, from 0 or 1, as it was typed: what Number makes of '' or '0x10' is not what was meant. */
export function wholeNumber(
  name: string,
  min: 0 | 1 = 0,
  max = Number.MAX_SAFE_INTEGER,
): (value: string | undefined) => number | undefined {
  return (value) => {
    if (value === undefined) return undefined;
    once(name, value);
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      const most = max < Number.MAX_SAFE_INTEGER ? ` to ${max}` : '';
      throw new UsageError(`${name} must be a whole number from ${min}${most}, not '${value}'`);
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
