/**
 * Makes a fresh clone ready: installs the dependencies where they are missing or older than the lock file, and
 * compiles. Quick when there is nothing to do. Speaks on stderr, so that what runs next has stdout to itself.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function run(what, command, args) {
  process.stderr.write(`${what} …\n`);
  const shell = process.platform === 'win32';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status !== 0) {
    process.stderr.write(`${what} failed: ${error?.message ?? `${command} ended with ${status}`}\n`);
    process.exit(1);
  }
}

const installed = join(root, 'node_modules', '.package-lock.json');
const lock = join(root, 'package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(lock).mtimeMs) {
  run('installing the dependencies', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
run('compiling', process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc')]);
