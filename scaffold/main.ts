/**
 * `npm run new -- SORT NAME`: writes a new op, kind, pass or command with its test and the line that registers it. The
 * new code is an example that compiles and passes its tests; the author then replaces the example. Existing files are
 * never overwritten.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { command } from './command.ts';
import { kind } from './kind.ts';
import { op } from './op.ts';
import { pass } from './pass.ts';
import { Misuse, type Sort, type Written } from './sort.ts';

const SORTS: Readonly<Record<string, Sort>> = { op, kind, pass, command };

const help = (): string =>
  [
    'npm run new -- SORT NAME',
    '',
    ...Object.values(SORTS).map(({ usage, doc }) => `  ${usage.padEnd(22)} ${doc}`),
  ].join('\n');

function plan(words: readonly string[]): Written {
  const [sort, ...rest] = words;
  if (sort === undefined || !Object.hasOwn(SORTS, sort))
    throw new Misuse(
      sort === undefined ? help() : `there is no sort '${sort}'; write one of these:\n\n${help()}`,
    );
  const written = SORTS[sort]!.write(rest);
  const taken = Object.keys(written.files).find((path) => existsSync(path));
  if (taken !== undefined) throw new Misuse(`${taken} exists already; choose another name`);
  return written;
}

function carryOut({ files, edits, next }: Written): void {
  // All texts are computed before the first is written, so that a failure changes no file.
  const texts = new Map<string, string>(Object.entries(files));
  for (const { path, change } of edits)
    texts.set(path, change(texts.get(path) ?? readFileSync(path, 'utf8')));
  for (const [path, text] of texts) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  const code = [...texts.keys()].filter((path) => path.endsWith('.ts'));
  spawnSync(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', ...code]);
  for (const path of texts.keys()) console.log(`${path in files ? 'new ' : 'line'}  ${path}`);
  console.log(['', ...next.map((sentence) => `- ${sentence}`)].join('\n'));
}

try {
  carryOut(plan(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
