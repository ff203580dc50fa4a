/**
 * Tests DeepPyramidion at full size with the built command line, like the README's first command: it reads 8192 tokens in
 * less than 3 GB, writes 500 MB of weights with less than 200 MB more memory, and has as many parameters as in the paper.
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

/** Runs the command line. The process itself reports its peak resident memory in MiB when it exits. */
function benben(...args: string[]): { stdout: string; stderr: string; status: number | null; peak: number } {
  const run = spawnSync(process.execPath, ['--import', PEAK_PROBE, CLI, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  return { ...run, peak: peakIn(run.stderr) };
}

test('run: 8192 tokens of a real document take less than 3 GB', () => {
  const run = benben('run', EXAMPLE, '--input', 'docs/language.md', '--max', '8', '--json');
  expect(run.status, run.stderr).toBe(0);
  expect(run.peak).toBeLessThan(3 * 1024);
  expect((JSON.parse(run.stdout) as { document: { tokens: number } }).document.tokens).toBe(8192);
});

test('compile: writing 500 MB of weights takes less than 200 MB of memory', async () => {
  const idle = benben('compile', EXAMPLE, '--print-ir');
  expect(idle.status, idle.stderr).toBe(0);
  const model = join(folder, 'model.onnx');
  const written = benben('compile', EXAMPLE, '-o', model, '--quiet');
  expect(written.status, written.stderr).toBe(0);
  expect((await stat(`${model}.data`)).size).toBeGreaterThan(490e6);
  expect(written.peak - idle.peak).toBeLessThan(200);
});

test('inspect: the model has the 123,813,888 parameters of the paper, and two scorers (C10, C11)', () => {
  const model = join(folder, 'inspected.onnx');
  const written = benben('compile', EXAMPLE, '-o', model, '--quiet');
  expect(written.status, written.stderr).toBe(0);
  const seen = benben('inspect', model, '--json');
  expect(seen.status, seen.stderr).toBe(0);
  expect(seen.stdout).toContain(String(123_813_888 + 2 * 769));
});

/** The shortest of ten runs in milliseconds, including the start of the process. */
function least(...args: readonly string[]): number {
  const times = Array.from({ length: 10 }, () => {
    const start = performance.now();
    expect(spawnSync(process.execPath, args).status).toBe(0);
    return performance.now() - start;
  });
  return Math.min(...times);
}

test('report: it takes less than 400 ms if a Node process that does nothing takes 50 ms', () => {
  const report = least(CLI, 'report', EXAMPLE, '--model', 'DeepPyramidion');
  expect(report / least('--eval', '0')).toBeLessThan(400 / 50);
});
