/**
 * Takes the linter out of package.json and package-lock.json in the current folder, before `npm ci`.
 *
 * Biome is a native program for the developer's own system: no test runs it, its Windows build is some 60 MB, and a
 * registry that lacks one of its builds would fail the whole installation. Every other package stays locked.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const LINTER = '@biomejs/';

function edit(path, change) {
  const json = JSON.parse(readFileSync(path, 'utf8'));
  change(json);
  writeFileSync(path, `${JSON.stringify(json, null, 2)}\n`);
}

function dropFrom(table, prefix) {
  for (const name of Object.keys(table ?? {})) if (name.startsWith(prefix)) delete table[name];
}

edit('package.json', (json) => dropFrom(json.devDependencies, LINTER));
edit('package-lock.json', (json) => {
  dropFrom(json.packages[''].devDependencies, LINTER);
  dropFrom(json.packages, `node_modules/${LINTER}`);
});
