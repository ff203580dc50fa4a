/** The README's examples do what they say: its model compiles, its program runs, its links lead somewhere. */
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

test('its program runs', async () => {
  const [text] = fenced('ts');
  await mkdir(folder, { recursive: true });
  const file = join(folder, 'program.ts');
  await writeFile(file, text!.replace("'benben'", "'../../index.ts'"));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  const printed = log.mock.calls.at(-1);
  log.mockRestore();
  expect(typeof printed![0]).toBe('string');
  expect((printed![1] as { text: string }[]).map((word) => word.text)).toEqual([
    'A',
    'long',
    'document',
    '…',
  ]);
});

test.each(['README.md', 'docs/architecture.md', 'docs/language.md', 'docs/cli.md', 'bench/README.md'])(
  'links in %s lead to files',
  (page) => {
    const targets = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(
      (m) => m[1]!,
    );
    expect(targets.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([]);
  },
);
