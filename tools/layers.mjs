/**
 * Checks the architecture that the folders promise: imports point one way,
 * cli -> kv, record, shared, text -> mapping -> os, and only os imports koffi.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');

/** What each layer may import from, besides itself. */
const BELOW = {
  os: [],
  mapping: ['os'],
  record: ['mapping', 'os'],
  shared: ['mapping', 'os'],
  kv: ['mapping', 'os'],
  text: ['mapping', 'os'],
  cli: ['kv', 'shared', 'text', 'record', 'mapping', 'os'],
};

const problems = [];
for (const entry of readdirSync(source, { recursive: true })) {
  if (!entry.endsWith('.ts')) continue;
  const file = join(source, entry);
  const layer = entry.split(sep)[0];
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/from '([^']+)'|import\('([^']+)'\)/g)) {
    if (target === undefined) continue;
    if (target === 'koffi' && layer !== 'os') problems.push(`${entry}: only os may import koffi`);
    if (!target.startsWith('.') || !(layer in BELOW)) continue;
    const to = relative(source, join(dirname(file), target)).split(sep)[0];
    if (to !== layer && !BELOW[layer].includes(to)) problems.push(`${entry}: ${layer} must not import ${to}`);
  }
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
