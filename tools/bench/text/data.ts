/** The text that the contests share: this machine's Debian package lists, repeated; where it has none, made lines. */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Place, Unavailable } from '../contest.js';
import { randomIndexes } from '../random.js';

const LISTS = '/var/lib/apt/lists';
const HELPER = '/usr/lib/apt/apt-helper';

const bytesOf = (place: Place) => (place.quick ? 100e6 : 500e6);

export const textPath = (place: Place) => join(place.shared, 'text');

/** Makes the text, unless an earlier contest did. */
export function makeText(place: Place): void {
  if (existsSync(textPath(place))) return;
  const piece = packageLists() ?? madeLines();
  const fd = openSync(textPath(place), 'w');
  for (let at = 0; at < bytesOf(place); at += piece.length) writeSync(fd, piece);
  fsyncSync(fd);
  closeSync(fd);
}

function packageLists(): Buffer | undefined {
  if (!existsSync(LISTS) || !existsSync(HELPER)) return undefined;
  const names = readdirSync(LISTS).filter((name) => /_Packages(\.\w+)?$/.test(name));
  const lists = names.map(
    (name) => spawnSync(HELPER, ['cat-file', join(LISTS, name)], { maxBuffer: 2 ** 30 }).stdout,
  );
  const all = Buffer.concat(lists);
  return all.length >= 1e6 ? all : undefined;
}

function madeLines(): Buffer {
  const words = ['Package', 'Version', 'library', 'files', 'development', 'é', 'of', 'the', 'and', '1.2.3-4'];
  const chosen = randomIndexes(2_000_000, words.length + 1);
  return Buffer.from(
    Array.from(chosen, (index) => (index === words.length ? '\n' : `${words[index]} `)).join(''),
  );
}

/** A program's answer, as a number; what it prints on its own is one. */
export function program(command: string, args: readonly string[]): () => number {
  const run = () =>
    spawnSync(command, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  if (run().error) throw new Unavailable(`${command} is not installed`);
  return () => Number.parseInt(run().stdout, 10);
}
