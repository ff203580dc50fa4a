/** Tests of the README: its model compiles, its programs run, and its links lead to files. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test, vi } from 'vitest';
import { compile } from '../index.ts';

const readme = readFileSync('README.md', 'utf8');
const fenced = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1]!);

const folder = join('test', '.readme');
afterAll(() => rm(folder, { recursive: true, force: true }));

test('its model compiles', () => {
  const [text] = fenced('ben');
  const { value, diagnostics } = compile({ path: 'README.md', text: text! });
  expect(diagnostics).toEqual([]);
  expect(value?.spec.encoder.layers.map((l) => l.consumes)).toEqual([8192, 8192, 2048, 512, 512, 512]);
});

/**
 * Runs a program with the package's entry replaced by its source, and returns the arguments of the last `console.log`.
 */
async function lastPrinted(text: string, entry: string, source: string): Promise<readonly unknown[]> {
  await mkdir(folder, { recursive: true });
  // A module is run only once, so each program has its own file.
  const file = join(folder, `program_${fenced('js').indexOf(text)}.ts`);
  await writeFile(file, text.replace(`'${entry}'`, `'../../${source}'`));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    return log.mock.calls.at(-1)!;
  } finally {
    log.mockRestore();
  }
}

test('its program runs', async () => {
  const printed = await lastPrinted(fenced('js')[0]!, 'benben', 'index.ts');
  expect(typeof printed[0]).toBe('string');
  expect((printed[1] as { text: string }[]).map((word) => word.text)).toEqual(['A', 'long', 'document']);
});

test('its program without a value shows the correction', async () => {
  const [text] = await lastPrinted(fenced('js')[1]!, 'benben', 'index.ts');
  expect(text).toContain('--> small.ben:1:15');
  expect(text).toContain('= help: write `width 64`');
});

test('its program for a browser runs', async () => {
  const [bytes] = await lastPrinted(fenced('js')[2]!, 'benben/core', 'core.ts');
  expect(bytes).toBeGreaterThan(100_000);
});

test.each(['docs/architecture.md', 'docs/extending.md'])('the files that %s names exist', (page) => {
  const text = readFileSync(page, 'utf8');
  const full = [...text.matchAll(/`([a-z_]+\/[\w/]+\.(?:ts|md|json|py))`/g)].map((m) => m[1]!);
  expect(full.length).toBeGreaterThan(10);
  expect(full.filter((path) => !path.includes('NAME') && !existsSync(path))).toEqual([]);
});

test.each([
  'README.md',
  'docs/architecture.md',
  'docs/extending.md',
  'docs/language.md',
  'docs/cli.md',
  'docs/api.md',
  'docs/deploy.md',
  'bench/README.md',
])('links in %s lead to files', (page) => {
  const targets = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
    (m) => m[1]!,
  );
  expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
});
