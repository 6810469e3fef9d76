/** Which command a command line means, before anything else of it is looked at. */
import type { CommandModule } from 'yargs';
import type { Group } from './commands/command.js';

export interface Meant {
  /** As it is typed: `perdure shm create`. */
  readonly words: readonly string[];
  readonly command: CommandModule;
  /** The commands below it. */
  readonly commands: readonly CommandModule[];
  /** The word that follows it. */
  readonly next: string | undefined;
}

/** The command that the leading words name. The options that may stand between them take no values. */
export function commandMeant(args: readonly string[], root: Group): Meant {
  const typed = args.filter((arg) => !arg.startsWith('-'));
  const words = ['perdure'];
  let command: CommandModule = root;
  for (;;) {
    const commands = (command as Partial<Group>).commands ?? [];
    const next = typed[words.length - 1];
    const below = commands.find((candidate) => commandName(candidate) === next);
    if (below === undefined) return { words, command, commands, next };
    words.push(commandName(below));
    command = below;
  }
}

/** `create` of `create <name>`. */
export function commandName({ command }: CommandModule): string {
  return String(command).split(' ')[0]!;
}
