/**
 * Tests the package that `npm pack` makes: it can be installed and run in another folder, and its types compile in strict
 * mode. These tests need the npm registry. If it cannot be reached, they are skipped with a warning.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const reachable = spawnSync('npm', ['ping'], { timeout: 30_000 }).status === 0;
if (!reachable)
  console.warn(
    'SKIPPED: the npm registry cannot be reached, so the package is not installed in another folder',
  );

const PROGRAM = `
import { load, type Generated } from 'benben';
const { value: model } = await load('node_modules/benben/examples/tiny.ben');
const { value } = await model!.generate(['A document about stones.'], { max: 5 });
const results: readonly Generated[] = value!;
console.log(results[0]!.ids.length);
await model!.close();
`;

const CORE = `
import { type Compiled, compile, encodeSingleFile, emitCompiled, randomWeights, report, reportJson } from 'benben/core';
const source = { path: 'a.ben', text: 'model A {\\n  vocabulary 300\\n}\\n' };
const compiled: Compiled = compile(source).value!;
const weights = randomWeights(0);
const bytes = await encodeSingleFile(emitCompiled(compiled, { weights }), weights);
console.log(bytes.length, JSON.stringify(reportJson(report(source).value!)).length);
`;

/** The program that uses the package. The lines before it import or require `load`. */
const GENERATE = `
(async () => {
  const { value: model, diagnostics } = await load(process.argv[2]);
  if (!model) throw new Error(JSON.stringify(diagnostics));
  const { value } = await model.generate(['A document about stones.'], { max: 5 });
  await model.close();
  console.log(value[0].ids.join());
})();
`;
const REQUIRED = `const { load } = require('benben');${GENERATE}`;
const IMPORTED = `import { load } from 'benben';${GENERATE}`;

/** The bundles to make, with the flags of esbuild for each. */
const BUNDLES: Readonly<Record<string, readonly string[]>> = {
  'bundled.cjs': ['--format=cjs'],
  'small.cjs': ['--format=cjs', '--minify', '--keep-names'],
  'bundled.mjs': ['--format=esm'],
};

describe.skipIf(!reachable)('the package elsewhere', () => {
  let folder: string;
  // Without this variable, onnxruntime-node downloads CUDA libraries when it is installed.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benben-package-'));
    const packed = spawnSync('npm', ['pack', '--pack-destination', folder, '--json'], { encoding: 'utf8' });
    expect(packed.status, packed.stderr).toBe(0);
    const { filename } = (
      JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as { filename: string }[]
    )[0]!;
    await writeFile(join(folder, 'package.json'), '{"name":"elsewhere","private":true,"type":"module"}');
    const args = ['install', resolve(folder, filename), 'typescript@5.9', '@types/node@20', 'esbuild@0.28'];
    const installed = run('npm', ...args);
    expect(installed.status, installed.stderr).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('the programs of the README run in an empty project', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'benben-empty-'));
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    const here = (command: string, ...args: string[]) =>
      spawnSync(command, args, { cwd: empty, encoding: 'utf8', env });
    try {
      const installed = here('npm', 'install', join(folder, tarball));
      expect(installed.status, installed.stderr).toBe(0);
      const readme = readFileSync('README.md', 'utf8');
      const programs = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map((m) => m[1]!);
      const printed: string[] = [];
      for (const program of programs) {
        await writeFile(join(empty, 'program.mjs'), program);
        const { status, stdout, stderr } = here('node', 'program.mjs');
        expect({ status, stderr }, program).toEqual({ status: 0, stderr: '' });
        printed.push(stdout);
      }
      expect(printed[0]).toContain("text: 'document'");
      expect(printed[1]).toContain('= help: write `width 64`');
      expect(Number(printed[2])).toBeGreaterThan(100_000);
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  });

  test('its command runs', () => {
    const checked = run('npx', 'benben', 'check', 'node_modules/benben/examples/tiny.ben');
    expect(checked.status, checked.stderr).toBe(0);
  });

  test('its types fit a strict program, and the program runs', async () => {
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    const compiled = run(
      'npx',
      'tsc',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--types',
      'node',
      'program.ts',
    );
    expect(compiled.stdout).toBe('');
    const ran = run('node', 'program.js');
    expect(ran.status, ran.stderr).toBe(0);
    expect(Number(ran.stdout)).toBeGreaterThan(0);
  });

  test('its core has types that need no types of Node, and runs', async () => {
    await writeFile(join(folder, 'core_alone.ts'), CORE);
    const flags = '--strict --module nodenext --target es2023 --lib es2023,dom --types --skipLibCheck false';
    const compiled = run('npx', 'tsc', ...flags.split(' '), 'core_alone.ts');
    expect(compiled.stdout).toBe('');
    const ran = run('node', 'core_alone.js');
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^\d{6,} \d{4,}\n$/);
  });

  test('a module imports it, CommonJS requires it, and esbuild bundles it for both', async () => {
    const model = resolve('examples/tiny.ben');
    await writeFile(join(folder, 'imported.mjs'), IMPORTED);
    await writeFile(join(folder, 'required.cjs'), REQUIRED);
    for (const [name, flags] of Object.entries(BUNDLES)) {
      const common = ['--bundle', '--platform=node', '--external:onnxruntime-node', `--outfile=${name}`];
      const bundled = run('npx', 'esbuild', 'imported.mjs', ...common, ...flags);
      expect(bundled.status, bundled.stderr).toBe(0);
    }
    const said = ['imported.mjs', 'required.cjs', ...Object.keys(BUNDLES)].map((program) => {
      const { stdout, stderr } = run('node', program, model);
      return { program, stdout, stderr };
    });
    const [{ stdout }] = said as [(typeof said)[0]];
    expect(stdout).toMatch(/^\d+(,\d+)*\n$/);
    expect(said).toEqual(said.map(({ program }) => ({ program, stdout, stderr: '' })));
  });

  test('runs where Electron runs it: as Node, in a folder that is named like an archive', async () => {
    const archive = join(folder, 'app.asar.unpacked');
    await mkdir(archive);
    for (const name of ['node_modules', 'package.json'])
      await symlink(join(folder, name), join(archive, name));
    const electron = "Object.defineProperty(process.versions, 'electron', { value: '33.0.0' });";
    await writeFile(join(archive, 'electron.cjs'), electron + REQUIRED);
    const asNode = { ...env, ELECTRON_RUN_AS_NODE: '1' };
    const { status, stdout, stderr } = spawnSync('node', ['electron.cjs', resolve('examples/tiny.ben')], {
      cwd: archive,
      encoding: 'utf8',
      env: asNode,
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+(,\d+)*\n$/);
  });

  test('a bundle that cannot find onnxruntime-node reports that', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'benben-bundle-'));
    try {
      const bundle = join(elsewhere, 'bundle.cjs');
      const flags = ['--bundle', '--platform=node', '--external:onnxruntime-node', '--format=cjs'];
      expect(run('npx', 'esbuild', 'imported.mjs', ...flags, `--outfile=${bundle}`).status).toBe(0);
      const { status, stderr } = run('node', bundle, resolve('examples/tiny.ben'));
      expect(status).toBe(1);
      expect(stderr).toContain(`the package onnxruntime-node cannot be found from ${bundle}`);
      expect(stderr).toContain('a bundle must leave it out');
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });
});
