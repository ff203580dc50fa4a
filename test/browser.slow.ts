/**
 * Tests the core in a browser: bundled for browsers and run in headless Chromium, it makes the same bytes and reports as
 * in Node. Chromium is looked for where Debian installs it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as core from '../core.ts';
import { chromium, Page } from './report/view/chromium.ts';

const browser = chromium();
if (!browser) console.warn('SKIPPED: Chromium is not installed, so the core is not run in a browser');

const folder = mkdtempSync(join(tmpdir(), 'benben-browser-'));
const bundle = join(folder, 'core.js');
let complaints: readonly string[] = [];

beforeAll(async () => {
  const warnings: string[] = [];
  await build({
    input: 'core.ts',
    platform: 'browser',
    // A page that is opened from a file may load scripts, but not modules.
    output: { file: bundle, format: 'iife', name: 'benben', codeSplitting: false },
    onLog: (level, log) => void (level === 'warn' && warnings.push(log.message)),
  });
  complaints = warnings;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a bundler for browsers finds everything that the core imports, and no module of Node', () => {
  expect(complaints).toEqual([]);
  const names = builtinModules.join('|').replaceAll('/', '\\/');
  const imported = new RegExp(
    `(?<![.\\w])(?:require|import)\\(["'](?:node:)?(?:${names})["']\\)|from ["']node:`,
  );
  expect(imported.exec(readFileSync(bundle, 'utf8'))).toBeNull();
});

test('the type check of the core sees no types of Node', () => {
  const listed = spawnSync('npx', ['tsc', '-p', 'tsconfig.core.json', '--listFilesOnly'], {
    encoding: 'utf8',
  });
  expect(listed.status, listed.stdout).toBe(0);
  expect(listed.stdout).toContain('core.ts');
  expect(listed.stdout.split('\n').filter((file) => file.includes('@types/node'))).toEqual([]);
});

const EXAMPLE = 'examples/deep-pyramidion.ben';
const source = { path: EXAMPLE, text: readFileSync(EXAMPLE, 'utf8') };
const tiny = { path: 'examples/tiny.ben', text: readFileSync('examples/tiny.ben', 'utf8') };
const wrong = { path: 'wrong.ben', text: 'model Wrong {\n  width 10\n  heads 3\n}\n' };

/**
 * Runs the core, both in Node and in the page. The page runs the text of this function, so the function uses only its
 * parameters.
 */
async function compute(
  benben: typeof core,
  hash: (bytes: Uint8Array) => string | Promise<string>,
  { source, tiny, wrong }: Readonly<Record<'source' | 'tiny' | 'wrong', core.Source>>,
) {
  const weights = benben.randomWeights(7);
  const compiled = (of: core.Source, options: core.CompileOptions) => benben.compile(of, options).value!;
  const bytes = benben.encodeModel(
    benben.emitCompiled(compiled(source, { entry: 'generate', target: 'cpu' }), {
      weights,
      dataFile: 'model.onnx.data',
    }),
  );
  const small = await benben.encodeSingleFile(
    benben.emitCompiled(compiled(tiny, { entry: 'generate', target: 'webgpu', precision: 'int8' }), {
      weights,
    }),
    weights,
  );
  const { value: document } = benben.report(source);
  const { diagnostics } = benben.parse(wrong);
  return {
    version: benben.VERSION,
    sizes: [bytes.length, small.length],
    hashes: [await hash(bytes), await hash(small)],
    checked: benben.checkOnnx(benben.inMemory(small)),
    report: JSON.stringify(benben.reportJson(document!)),
    html: await benben.renderReport(document!, 'html'),
    budgets: benben.checkSource(source).value!.map(({ text, holds }) => ({ text, holds })),
    formatted: benben.format(tiny).value,
    told: benben.render(diagnostics, wrong),
  };
}

const inNode = (): ReturnType<typeof compute> =>
  compute(core, (bytes) => createHash('sha256').update(bytes).digest('hex'), { source, tiny, wrong });

/**
 * Browsers have SHA-256 only in pages from https and localhost, so the page returns the bytes and they are hashed here.
 */
const BYTES_OUT = `(bytes) => {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}`;

describe.skipIf(!browser)('in Chromium', () => {
  let page: Page;
  beforeAll(async () => {
    const html = join(folder, 'page.html');
    writeFileSync(
      html,
      '<!doctype html><meta charset="utf-8"><title>core</title><script src="core.js"></script>',
    );
    page = await Page.start(browser!);
    await page.open(html);
  });
  afterAll(() => page.close());

  test('DeepPyramidion has the same bytes and the same report as in Node', async () => {
    const sources = JSON.stringify({ source, tiny, wrong });
    const found = await page.value<Awaited<ReturnType<typeof compute>>>(
      `(${compute.toString()})(benben, ${BYTES_OUT}, ${sources})`,
    );
    const hashes = found.hashes.map((text) =>
      createHash('sha256').update(Buffer.from(text, 'base64')).digest('hex'),
    );
    expect(page.complaints).toEqual([]);
    const expected = await inNode();
    expect({ ...found, hashes }).toEqual(JSON.parse(JSON.stringify(expected)));
    expect(expected.checked).toEqual([]);
    expect(expected.told).toContain('error');
    expect(expected.sizes[0]).toBeGreaterThan(10_000);
  });
});
