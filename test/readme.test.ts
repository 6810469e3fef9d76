/**
 * Runs the README. Method: every ```ts block is a program; all are type-checked and compiled in one go against the
 * package as its users see it (`import ... from 'perdure'`), and run one after the other in one fresh folder, so that
 * a program finds what an earlier one left. Every ```sh block is run by bash in the same folder, with `perdure` on the
 * PATH. A ```text block right after either is what it must print, to the letter, except that `…` stands for anything, and
 * two spaces or more for any number of them: how wide a column is depends on what else the machine holds.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/os/errors.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

interface Snippet {
  readonly language: 'ts' | 'sh';
  readonly line: number;
  readonly code: string;
  readonly prints: string | undefined;
}

function snippetsOf(markdown: string): Snippet[] {
  const blocks = [...markdown.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    language: match[1]!,
    code: match[2]!,
    start: match.index,
    end: match.index + match[0].length,
  }));
  return blocks.flatMap(({ language, code, start, end }, index) => {
    if (language !== 'ts' && language !== 'sh') return [];
    const next = blocks[index + 1];
    const isOutput = next?.language === 'text' && markdown.slice(end, next.start).trim() === '';
    const line = markdown.slice(0, start).split('\n').length;
    return [{ language, line, code, prints: isOutput ? next.code : undefined }];
  });
}

/** `…` in the README stands for any run of characters in one line, spaces for any run of them. */
function pattern(expected: string): RegExp {
  const escaped = expected.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '.*').replaceAll(/ {2,}/g, ' {2,}')}$`);
}

describe.skipIf(process.platform === 'win32')(
  'README (bash and the compiler run on POSIX systems only)',
  () => {
    const snippets = snippetsOf(readFileSync(join(root, 'README.md'), 'utf8'));
    // Inside the package, so that 'perdure' resolves to it as it does for those who installed it.
    const programs = join(root, '.cache', `readme-${process.pid}`);
    const folder = mkdtempSync(join(tmpdir(), 'perdure-readme-'));
    const bin = mkdtempSync(join(tmpdir(), 'perdure-bin-'));

    beforeAll(() => {
      mkdirSync(programs, { recursive: true });
      for (const { language, line, code } of snippets) {
        if (language === 'ts') writeFileSync(join(programs, `line-${line}.ts`), code);
      }
      const compilerOptions = {
        rootDir: '.',
        outDir: '.',
        noEmit: false,
        incremental: false,
        tsBuildInfoFile: null,
      };
      const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] };
      writeFileSync(join(programs, 'tsconfig.json'), JSON.stringify(config));
      const shim = join(bin, 'perdure');
      writeFileSync(
        shim,
        `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/src/cli/main.js')}" "$@"\n`,
      );
      chmodSync(shim, 0o755);
    });

    afterAll(() => {
      for (const path of [programs, folder, bin]) rmSync(path, { recursive: true, force: true });
    });

    it('has a program for every job', () => {
      expect(snippets.filter(({ language }) => language === 'ts').length).toBeGreaterThanOrEqual(5);
    });

    it('compiles', () => {
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', programs], { encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    });

    it.each(snippets)('line $line ($language) runs', ({ language, line, code, prints }) => {
      const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, NO_COLOR: '1' };
      const output =
        language === 'ts'
          ? execFileSync(process.execPath, [join(programs, `line-${line}.js`)], {
              cwd: folder,
              env,
              encoding: 'utf8',
            })
          : execFileSync('bash', ['-e', '-c', code], { cwd: folder, env, encoding: 'utf8' });
      if (prints !== undefined) expect(output.trim()).toMatch(pattern(prints));
    });
  },
);

it('the README explains every error code under a heading of its own, and no other', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const headings = [...readme.matchAll(/^### ([A-Z_]+)$/gm)].map((match) => match[1]);
  expect(headings.sort()).toEqual(Object.keys(ERROR_CODES).sort());
});
