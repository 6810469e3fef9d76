/**
 * What is said of a command line that is wrong: yargs' own words where they are clear, else others, and where to find help
 * on the very command that was meant.
 */
import type { CommandModule } from 'yargs';
import { commandMeant, commandName, type Meant } from './command-meant.js';
import type { Group } from './commands/command.js';

/** The line for stderr, of what yargs says of these arguments. */
export function usageMessage(message: string, args: readonly string[], root: Group): string {
  const meant = commandMeant(args, root);
  return `${clearer(message, args, meant)}; see '${meant.words.join(' ')} --help'`;
}

function clearer(message: string, args: readonly string[], meant: Meant): string {
  const { words, command, commands, next } = meant;
  if (commands.length > 0 && next !== undefined) {
    const guess = /^Did you mean (.*)\?$/.exec(message)?.[1];
    const path = words.join(' ');
    const there =
      guess !== undefined && isNear(guess, next)
        ? `'${path} ${guess}' was perhaps meant`
        : `there are ${commands.map(commandName).join(', ')}`;
    return `there is no '${path} ${next}'; ${there}`;
  }
  // Any option of a command that only has others below it, --json aside, is one that does not exist.
  const stray = args.find((arg) => /^--?[^-]/.test(arg) && !/^--(no-)?json\b/.test(arg));
  if (commands.length > 0 && stray !== undefined) return `there is no option ${stray.split('=')[0]}`;
  const sort = args.indexOf('--sort');
  if (sort >= 0 && /^-[^-]/.test(args[sort + 1] ?? '')) {
    return `--sort takes a field; with the largest first it is written --sort=${args[sort + 1]}`;
  }
  const few = /^Not enough non-option arguments: got (\d+)/.exec(message);
  if (few) {
    const missing = positionals(command).slice(Number(few[1]));
    return `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing`;
  }
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (unknown) {
    const option = unknownOption(unknown, args);
    return option ? `there is no option ${option}` : `'${unknown[0]}' is one argument too many`;
  }
  const valueless = /^Not enough arguments following: (\S+)$/.exec(message);
  if (valueless) {
    const option = `--${valueless[1]}`;
    const dashed = /^-./.test(args[args.indexOf(option) + 1] ?? '');
    return `${option} needs a value${dashed ? `; one that begins with a dash is written ${option}=-...` : ''}`;
  }
  const exclusive = /^Arguments (\S+) and (\S+) are mutually exclusive$/.exec(message);
  if (exclusive) return `--${exclusive[1]} and --${exclusive[2]} exclude each other`;
  const choice = /Argument: (\S+), Given: (.*), Choices: (.*)/.exec(message);
  if (choice) {
    const [, name, given, choices] = choice as unknown as [string, string, string, string];
    return `--${name} takes one of ${choices.replaceAll('"', '')}, not ${given.replaceAll('"', "'")}`;
  }
  return message;
}

/** Whether a command is likely to have been meant: all but two of the letters of both words are common to them. */
function isNear(command: string, typed: string): boolean {
  const left = [...command];
  const foreign = [...typed].filter((letter) => {
    const at = left.indexOf(letter);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return left.length + foreign.length <= 2;
}

/** `<file>` and `<index>` of `get <file> <index>`. */
function positionals({ command }: CommandModule): string[] {
  return String(command).match(/<[^>]+>/g) ?? [];
}

/** The first of the unknown arguments that is an option, as it was typed: yargs leaves the dashes away. */
function unknownOption(names: readonly string[], args: readonly string[]): string | undefined {
  const name = names.find((candidate) => !args.includes(candidate));
  if (name === undefined) return undefined;
  const typed = args.find((arg) => arg.replace(/^--(no-)?/, '').split('=')[0] === name);
  return typed?.split('=')[0] ?? `${name.length > 1 ? '--' : '-'}${name}`;
}
