/** Measures whole processes: the time to compile without weights, and the memory of a full run and of writing. */
import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addTemporary } from '../runtime/temporary.ts';
import { type Bench, median } from './measure.ts';
import { EXAMPLE } from './models.ts';
import { PEAK_PROBE, peakIn } from './peak.ts';

/** The built command line. The path is relative to .bench/bench, the folder of this file when it is compiled. */
export const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

interface Finished {
  readonly ms: number;
  /** The peak resident memory in MiB, which the process itself reports when it exits. */
  readonly peak: number;
}

/** Runs `node ARGS` with the probe that reports its peak memory. */
function run(args: readonly string[]): Promise<Finished> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', PEAK_PROBE, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.on('data', (piece: Buffer) => {
      errors += piece.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const peak = peakIn(errors);
      if (code === 0) resolve({ ms: performance.now() - start, peak });
      else reject(new Error(`benben ${args.slice(1).join(' ')} ended with exit code ${code}:\n${errors}`));
    });
  });
}

/** Runs a command of the command line in a separate process. */
export const runCli = (args: readonly string[]): Promise<Finished> => run([CLI, ...args]);

export const processes: Bench = async (say) => {
  const folder = await mkdtemp(join(tmpdir(), 'benben-bench-'));
  addTemporary(folder);
  const text = join(folder, 'document.txt');
  await writeFile(text, 'A stone that a pyramid ends in is called a benben. '.repeat(200));
  const compileOnly = [CLI, 'compile', EXAMPLE, '--print-ir'];
  say('compiling without weights, process start included');
  const compiles: Finished[] = [];
  for (let i = 0; i < 6; i++) compiles.push(await run(compileOnly));
  say('writing 500 MB of weights');
  const written = await run([CLI, 'compile', EXAMPLE, '-o', join(folder, 'model.onnx'), '--quiet']);
  say('running the full model on 8192 tokens');
  const full = await run([CLI, 'run', EXAMPLE, '--input', text, '--max', '8', '--quiet']);
  const compileMs = median(compiles.slice(1).map((c) => c.ms));
  const idle = median(compiles.slice(1).map((c) => c.peak));
  return [
    {
      name: 'compile without weights, process start included',
      unit: 's',
      value: compileMs / 1000,
      goal: { at: 1, better: 'below' },
      details: {},
    },
    {
      name: 'memory that writing 500 MB of weights adds',
      unit: 'MiB',
      value: written.peak - idle,
      goal: { at: 200, better: 'below' },
      details: { withoutMiB: idle, withMiB: written.peak },
    },
    {
      name: 'peak memory of `run` on 8192 tokens',
      unit: 'MiB',
      value: full.peak,
      goal: { at: 3072, better: 'below' },
      details: { seconds: full.ms / 1000 },
    },
  ];
};
