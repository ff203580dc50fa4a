/**
 * DeepPyramidion at full size through the built command line, as the README's first command runs it:
 * 8192 tokens in under 3 GB, 500 MB of weights written with 200 MB to spare, sizes as the paper counts.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PEAK_PROBE, peakIn } from '../bench/peak.ts';

const CLI = join('dist', 'cli', 'main.js');
const EXAMPLE = 'examples/deep-pyramidion.ben';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'benben-full-'));
  const built = spawnSync('npm', ['run', 'build'], { encoding: 'utf8' });
  expect(built.status, built.stderr).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command line; peak resident memory in MiB comes from the process itself, at its exit. */
function benben(...args: string[]): { stdout: string; stderr: string; status: number | null; peak: number } {
  const run = spawnSync(process.execPath, ['--import', PEAK_PROBE, CLI, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { ...run, peak: peakIn(run.stderr) };
}

test('run: 8192 tokens of a real document under 3 GB', () => {
  const run = benben('run', EXAMPLE, '--input', 'docs/language.md', '--max', '8', '--json');
  expect(run.status, run.stderr).toBe(0);
  expect(run.peak).toBeLessThan(3 * 1024);
  expect((JSON.parse(run.stdout) as { document: { tokens: number } }).document.tokens).toBe(8192);
});

test('compile: 500 MB of weights with less than 200 MB more memory', async () => {
  const idle = benben('compile', EXAMPLE, '--print-ir');
  expect(idle.status, idle.stderr).toBe(0);
  const model = join(folder, 'model.onnx');
  const written = benben('compile', EXAMPLE, '-o', model, '--quiet');
  expect(written.status, written.stderr).toBe(0);
  expect((await stat(`${model}.data`)).size).toBeGreaterThan(490e6);
  expect(written.peak - idle.peak).toBeLessThan(200);
});

test('inspect: 123,813,888 parameters of the paper, and two scorers (C10, C11)', () => {
  const model = join(folder, 'inspected.onnx');
  const written = benben('compile', EXAMPLE, '-o', model, '--quiet');
  expect(written.status, written.stderr).toBe(0);
  const seen = benben('inspect', model, '--json');
  expect(seen.status, seen.stderr).toBe(0);
  expect(seen.stdout).toContain(String(123_813_888 + 2 * 769));
});

/** The least of ten, in milliseconds, process start included. */
function least(...args: readonly string[]): number {
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    expect(spawnSync(process.execPath, args).status).toBe(0);
    return performance.now() - start;
  });
  return Math.min(...times);
}

test('report: 400 ms where a Node that does nothing takes 50', () => {
  const report = least(CLI, 'report', EXAMPLE, '--model', 'DeepPyramidion');
  expect(report / least('--eval', '0')).toBeLessThan(400 / 50);
});
