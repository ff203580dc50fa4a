/**
 * A model gives the same results for every target, and imports only the domains that it uses. The CPU has every kernel
 * of every target, so it runs them all.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, type Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { TARGETS, type Target } from '../../passes/pass.ts';
import { fromOrt, toOrt } from '../compiler/emit/onnx.ts';
import { deviation } from '../compiler/ops/samples.ts';
import { decodeModelProto } from '../onnx_messages.ts';
import { artifactIn, temporaryFolder } from './tiny_artifact.ts';

const folder = temporaryFolder();

/** A document of 20 tokens and one of 5. */
const [LONG, SHORT] = [20, 5];
const DOCUMENTS: Readonly<Record<string, Tensor>> = {
  input_ids: tensor(
    'i64',
    [2, LONG],
    Array.from({ length: 2 * LONG }, (_, i) => 4 + ((i * 37) % 290)),
  ),
  attention_mask: tensor(
    'i64',
    [2, LONG],
    Array.from({ length: 2 * LONG }, (_, i) => Number(i < LONG + SHORT)),
  ),
};
const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensor('i64', [], [7]),
  min_length: tensor('i64', [], [2]),
  length_penalty: tensor('f32', [], [1]),
};
const FEEDS = {
  encode: DOCUMENTS,
  forward: {
    ...DOCUMENTS,
    decoder_input_ids: tensor('i64', [2, 6], [2, 9, 8, 7, 6, 5, 2, 40, 41, 42, 43, 44]),
  },
  generate: { ...DOCUMENTS, ...LIMITS },
} as const;

async function outputsOf(entry: keyof typeof FEEDS, target: Target): Promise<Record<string, Tensor>> {
  const path = await artifactIn(folder, `${entry}-${target}.onnx`, { entry, target });
  const session = await InferenceSession.create(path, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const feeds = Object.entries(FEEDS[entry]).map(([name, t]) => [name, toOrt(t)] as const);
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, t]) => [name, fromOrt(t as OrtTensor)] as const),
  );
}

describe.each(['encode', 'forward', 'generate'] as const)('%s', (entry) => {
  test.each(TARGETS.filter((target) => target !== 'cpu'))(
    'compiled for %s gives the numbers of cpu',
    async (target) => {
      const want = await outputsOf(entry, 'cpu');
      const got = await outputsOf(entry, target);
      expect(Object.keys(got)).toEqual(Object.keys(want));
      for (const [name, t] of Object.entries(want)) {
        expect.soft(deviation(got[name]!, t, t.dtype === 'f32' ? 1e-5 : 0), name).toBeTypeOf('number');
      }
    },
  );
});

/** The domains that a model and each of its functions declare. */
async function importsFor(target: Target): Promise<{ model: string[]; functions: Record<string, string[]> }> {
  const path = await artifactIn(folder, `imports-${target}.onnx`, { target });
  const { opsetImport, functions } = decodeModelProto(readFileSync(join(path)));
  const domains = (list: typeof opsetImport | null | undefined) =>
    (list ?? []).map(({ domain }) => domain ?? '');
  return {
    model: domains(opsetImport),
    functions: Object.fromEntries(functions.map((f) => [f.name, domains(f.opsetImport)])),
  };
}

test('ONNX Runtime’s domain is imported by models, and by the functions that use it', async () => {
  const { model, functions } = await importsFor('cuda');
  expect(model).toEqual(['', 'ai.benben', 'com.microsoft']);
  expect(functions).toEqual({ BlockAttention: ['', 'com.microsoft'], SoftTopK: [''] });
  // For these targets norms are operators of ONNX Runtime, but functions use none of its operators.
  for (const target of ['cpu', 'webgpu'] as const) {
    const other = await importsFor(target);
    expect(other.model).toEqual(model);
    expect(other.functions).toEqual({ BlockAttention: [''], SoftTopK: [''] });
  }
});

test('a portable model uses no operator of ONNX Runtime’s own', async () => {
  const { model, functions } = await importsFor('portable');
  expect(model).toEqual(['', 'ai.benben']);
  for (const domains of Object.values(functions)) expect(domains).toEqual(['']);
});
