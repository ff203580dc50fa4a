/**
 * The same artifact in another runtime: onnxruntime-web (WebAssembly) gives the numbers that
 * onnxruntime-node gives, custom functions and the generation loop included.
 */
import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import * as web from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { emit, encodeSingleFile } from '../../compiler/emit/index.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PIPELINE_OF, PIPELINES } from '../../passes/index.ts';
import type { Precision, Target } from '../../passes/pass.ts';
import { runPasses } from '../../passes/run.ts';
import { randomWeights } from '../../pipeline/weights/random.ts';
import { toOrt } from '../compiler/emit/onnx.ts';
import { base } from '../oracle/fixtures.ts';
import { batchOf, specOf } from '../parity/systems.ts';

const documents = [
  { ids: [5, 9, 12, 7, 21, 4, 4, 17, 28, 11], mask: Array(10).fill(1) },
  { ids: [8, 3, 14], mask: Array(3).fill(1) },
];

const limits: Record<string, Tensor> = {
  max_length: tensor('i64', [], [5]),
  min_length: tensor('i64', [], [1]),
  length_penalty: tensor('f32', [], [1]),
};

interface Case {
  readonly entry: Entry;
  readonly target: Target;
  readonly feeds: Record<string, Tensor>;
  readonly precision?: Precision;
}

const CASES: readonly Case[] = [
  { entry: 'encode', target: 'cpu', feeds: batchOf(documents) },
  { entry: 'encode', target: 'portable', feeds: batchOf(documents) },
  { entry: 'generate', target: 'cpu', feeds: { ...batchOf(documents), ...limits } },
  { entry: 'encode', target: 'portable', feeds: batchOf(documents), precision: 'int8' },
  { entry: 'generate', target: 'cpu', feeds: { ...batchOf(documents), ...limits }, precision: 'int8' },
  { entry: 'generate', target: 'cpu', feeds: { ...batchOf(documents), ...limits }, precision: 'int4' },
  { entry: 'generate', target: 'webgpu', feeds: { ...batchOf(documents), ...limits }, precision: 'fp16' },
];

/** A float32 sum in another order may round a quantised activation to another step, so the tolerance is larger. */
const TOLERANCE: Readonly<Record<Precision, number>> = { fp32: 1e-5, fp16: 5e-3, int8: 5e-3, int4: 5e-3 };

async function artifact(entry: Entry, target: Target, precision: Precision): Promise<Uint8Array> {
  const lowered = lower(specOf(base), { entry });
  const pipeline = PIPELINES[PIPELINE_OF[precision]];
  const run = runPasses(lowered.value!, pipeline, { ops: OPS, target, precision });
  return encodeSingleFile(
    emit(run.value!.graph, { ops: OPS, metadata: {}, version: 'test' }),
    randomWeights(3),
  );
}

describe('onnxruntime-web', () => {
  web.env.wasm.numThreads = 1;
  web.env.logLevel = 'error';

  for (const { entry, target, feeds, precision = 'fp32' } of CASES) {
    test(`${entry} for ${target} in ${precision}`, async () => {
      const bytes = await artifact(entry, target, precision);
      const native = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
      const browser = await web.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
      const own = Object.fromEntries(Object.entries(feeds).map(([name, t]) => [name, toOrt(t)]));
      const theirs = Object.fromEntries(
        Object.entries(own).map(([name, t]) => [
          name,
          new web.Tensor(t.type as 'float32', t.data as never, t.dims),
        ]),
      );
      const want = await native.run(own);
      const got = await browser.run(theirs);
      for (const [name, t] of Object.entries(want) as [string, OrtTensor][]) {
        expect(got[name]!.dims, name).toEqual(t.dims);
        const [a, b] = [t.data, got[name]!.data].map((d) =>
          Array.from(d as ArrayLike<number | bigint>, Number),
        );
        a!.forEach((v, i) => {
          expect(Math.abs(v - b![i]!), `${name}[${i}]`).toBeLessThan(
            TOLERANCE[precision] * Math.max(1, Math.abs(v)),
          );
        });
      }
      await native.release();
      await browser.release();
    });
  }
});
