/**
 * Checks every shape of model in examples/, at full size and in every precision, with ONNX's own checker (full_check).
 * Python's onnxruntime must give the same numbers as onnxruntime-node. The tests need `.venv`, which `.ci/run` makes;
 * without it they are skipped with a warning.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ENTRIES } from '../../compiler/model/index.ts';
import { compile, type Entry, type Precision } from '../../index.ts';
import { PRECISIONS } from '../../passes/index.ts';
import { SHAPES } from '../examples.ts';
import { caseOf, manifestOf } from './artifact_cases.ts';

const PYTHON = join('.venv', 'bin', 'python');
const ready = existsSync(PYTHON) && spawnSync(PYTHON, ['-c', 'import onnx, onnxruntime']).status === 0;
if (!ready) console.warn(`SKIPPED: ${PYTHON} with onnx and onnxruntime is not there; run .ci/run to make it`);

describe.skipIf(!ready)('Python agrees', () => {
  for (const { source, spec } of SHAPES) {
    const entries = (Object.keys(ENTRIES) as Entry[]).filter((e) => spec.decoder || !ENTRIES[e].needsDecoder);
    // Tiny is fast, so all its entries run in every precision. Of larger models, only `generate` of the first model in
    // each file does.
    const whole = spec.name === 'Tiny';
    const first = SHAPES.find((one) => one.source === source)?.spec === spec;
    const wanted = (entry: Entry, precision: Precision): boolean =>
      precision === 'fp32' || whole || (first && entry === 'generate');
    const cases = entries.flatMap((entry) =>
      PRECISIONS.filter((precision) => wanted(entry, precision)).map(
        (precision) => [entry, precision] as const,
      ),
    );
    test.each(cases)(`${source.path} ${spec.name} %s %s`, async (entry, precision) => {
      const folder = await mkdtemp(join(tmpdir(), 'benben-python-'));
      try {
        const compiled = compile(source, {
          ...{ model: spec.name, entry, precision },
          // The compiler refuses fp16 for the CPU, but the CPU can run an artifact for CUDA with conversions.
          ...(precision === 'fp16' && { target: 'cuda' }),
        });
        const name = `${spec.name} ${entry} ${precision}`;
        const manifest = await manifestOf(folder, [await caseOf(compiled.value!, folder, name)]);
        const run = spawnSync(PYTHON, ['test/portability/check.py', manifest], { encoding: 'utf8' });
        expect(`${run.stdout}${run.stderr}`).toBe(`${name}: ok\n`);
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});
