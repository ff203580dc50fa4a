/** The house rules that a reader relies on, held: who may import whom, and how long a file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const FOLDERS = ['dsl', 'compiler', 'passes', 'runtime', 'cli'];

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

const importsOf = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((m) =>
    normalize(join(dirname(file), m[1]!)),
  );

test('a folder imports only itself and folders to its left; only the command line sees index.ts', () => {
  const wrong = sources.flatMap((file) => {
    const own = FOLDERS.indexOf(file.split('/')[0]!);
    return importsOf(file)
      .filter((target) => {
        const folder = FOLDERS.indexOf(target.split('/')[0]!);
        if (folder < 0) return !(target === 'index.ts' && file.startsWith('cli/'));
        return folder > own;
      })
      .map((target) => `${file} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

/** Why each is longer: kept in one piece on purpose. */
const LONGER: readonly string[] = [];

test('files are one idea: at most 300 lines', () => {
  const long = sources
    .map((file) => ({ file, lines: readFileSync(file, 'utf8').split('\n').length - 1 }))
    .filter(({ file, lines }) => lines > 300 && !LONGER.includes(file));
  expect(long).toEqual([]);
});

test('nothing opts out of the type checker or the linter', () => {
  const marks = /@ts-ignore|@ts-expect-error|@ts-nocheck|biome-ignore|\bas any\b|: any[;,)>|\]]/;
  const found = sources.filter((file) => marks.test(readFileSync(file, 'utf8')));
  expect(found).toEqual([]);
});
