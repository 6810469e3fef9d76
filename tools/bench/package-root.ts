/** The folder of the package, from wherever this runs: the sources, or what was compiled from them. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'tools', 'bench', 'package.json'))) folder = dirname(folder);
  return folder;
}
