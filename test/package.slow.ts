/**
 * `npm pack` yields a package that installs in another folder and runs there, with types that a strict
 * program accepts. Needs the npm registry; skipped aloud where it cannot be reached.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const reachable = spawnSync('npm', ['ping'], { timeout: 30_000 }).status === 0;
if (!reachable)
  console.warn('SKIPPED: the npm registry cannot be reached; the package is not tried elsewhere');

const PROGRAM = `
import { load, type Generated } from 'benben';
const { value: model } = await load('node_modules/benben/examples/tiny.ben');
const { value } = await model!.generate(['A document about stones.'], { max: 5 });
const results: readonly Generated[] = value!;
console.log(results[0]!.ids.length);
await model!.close();
`;

describe.skipIf(!reachable)('the package elsewhere', () => {
  let folder: string;
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: folder, encoding: 'utf8' });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'benben-package-'));
    const packed = spawnSync('npm', ['pack', '--pack-destination', folder, '--json'], { encoding: 'utf8' });
    expect(packed.status, packed.stderr).toBe(0);
    const { filename } = (
      JSON.parse(packed.stdout.slice(packed.stdout.indexOf('['))) as { filename: string }[]
    )[0]!;
    await writeFile(join(folder, 'package.json'), '{"name":"elsewhere","private":true,"type":"module"}');
    // Without the flag, onnxruntime-node fetches CUDA libraries from a feed of its own.
    const args = [
      'install',
      '--onnxruntime-node-install=skip',
      resolve(folder, filename),
      'typescript@5.9',
      '@types/node@20',
    ];
    const installed = run('npm', ...args);
    expect(installed.status, installed.stderr).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('its command runs', () => {
    const checked = run('npx', 'benben', 'check', 'node_modules/benben/examples/tiny.ben');
    expect(checked.status, checked.stderr).toBe(0);
  });

  test('its types hold in a strict program, and the program runs', async () => {
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
});
