/**
 * Older versions of ONNX Runtime, one virtual environment each (`.ci/run` makes them from the files in `runtimes/`; a
 * missing one is skipped aloud). An artifact runs on every version from the one that it names on, and `opset: 20` gives
 * artifacts for all of them, with the numbers of onnxruntime-node.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { later, OPSETS } from '../../compiler/ir/opsets.ts';
import type { Source } from '../../dsl/diagnostics.ts';
import { type CompileOptions, compile, randomWeights } from '../../index.ts';
import { HALF_TARGETS, PRECISIONS, TARGETS } from '../../passes/pass.ts';
import { emitCompiled } from '../../pipeline/compile.ts';
import { SHAPES } from '../examples.ts';
import { type Case, caseOf, manifestOf } from './artifact_cases.ts';

const pythonOf = (folder: string): string => join(folder, 'bin', 'python');
const VERSIONS = readdirSync(join(import.meta.dirname, 'runtimes')).map((file) => basename(file, '.txt'));
const OLD = VERSIONS.map((version) => ({ version, python: pythonOf(join('.venv-runtimes', version)) }));

/** A case, and the oldest ONNX Runtime that its artifact names. */
interface Named extends Case {
  readonly from: string;
}

let folder: string;
let cases: readonly Named[];

/** The model of an example, narrow, so that it runs at once. */
const narrow = ({ source, spec }: (typeof SHAPES)[number]): Source => ({
  path: source.path,
  text: `${source.text}\nmodel Narrow extends ${spec.name} {\n  vocabulary 512\n  width 64\n  heads 4\n}\n`,
});

interface Wanted {
  readonly source: Source;
  readonly options: CompileOptions;
  readonly inline?: boolean;
}

/** Compile options of the model Tiny: every kernel of every target, and every opset. */
function choices(): readonly CompileOptions[] {
  const lowest = OPSETS[0]!.opset;
  return [
    ...TARGETS.flatMap((target) => [
      ...(['encode', 'generate', 'step'] as const).map((entry) => ({ target, entry })),
      ...PRECISIONS.filter((one) => one !== 'fp16' || HALF_TARGETS.includes(target))
        .filter((one) => one !== 'fp32')
        .map((precision) => ({ target, precision })),
    ]),
    ...OPSETS.map(({ opset }) => ({ opset })),
    ...TARGETS.map((target) => ({ target, opset: lowest })),
    ...(['int8', 'int4'] as const).map((precision) => ({ precision, opset: lowest })),
  ];
}

function wanted(): readonly Wanted[] {
  const tiny = SHAPES.find(({ spec }) => spec.name === 'Tiny')!;
  const options = { model: 'Narrow', opset: OPSETS[0]!.opset };
  return [
    ...choices().map((one) => ({ source: tiny.source, options: one })),
    ...SHAPES.map((shape, i) => ({ source: narrow(shape), options, inline: i % 2 === 1 })),
  ];
}

describe.each(OLD)('ONNX Runtime $version', ({ version, python }) => {
  beforeAll(async () => {
    if (cases) return;
    folder = await mkdtemp(join(tmpdir(), 'benben-runtimes-'));
    const made: Named[] = [];
    for (const [i, { source, options, inline = false }] of wanted().entries()) {
      const { value, diagnostics } = compile(source, options);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const { versions } = emitCompiled(value!, { weights: randomWeights(0), inline });
      const name = `${i} ${source.path} ${JSON.stringify({ ...options, inline })}`;
      made.push({ ...(await caseOf(value!, folder, name, { inline })), from: versions.onnxRuntime });
    }
    cases = made;
  });
  afterAll(async () => {
    if (version === OLD.at(-1)!.version) await rm(folder, { recursive: true, force: true });
  });

  const ready = existsSync(python) && spawnSync(python, ['-c', 'import onnxruntime']).status === 0;
  if (!ready) console.warn(`SKIPPED: ${python} with onnxruntime is not there; run .ci/run to make it`);

  test.skipIf(!ready)('gives the numbers of onnxruntime-node', async () => {
    const own = cases.filter(({ from }) => later(from, version) === version);
    // 1.17 runs only artifacts of opset 20 without functions. 1.18 runs all of opset 20.
    expect(own.length).toBeGreaterThan(version === '1.17' ? 3 : SHAPES.length + TARGETS.length);
    const run = spawnSync(python, ['test/portability/check.py', await manifestOf(folder, own)], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    expect(run.stdout.split('\n').filter((line) => line && !line.endsWith(': ok'))).toEqual([]);
    expect(run.status, run.stderr).toBe(0);
  });
});
