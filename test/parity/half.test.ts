/**
 * float16 against float32, from the language to the numbers, by ONNX Runtime's CPU. It converts around nodes that it
 * has no float16 kernel for, so it rounds as a GPU does or less: what is held here is that the artifacts load and mean
 * the same. GPUs: test/runtime/gpu.slow.ts.
 */
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { encodeSingleFile } from '../../compiler/emit/index.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ops/tensors.ts';
import { type CompileOptions, compile, emitArtifact, type Precision, randomWeights } from '../../index.ts';
import { fromOrt, toOrt } from '../compiler/onnx.ts';

/** One of each kind, pre-norm and post-norm. */
const MODELS: Readonly<Record<string, string>> = {
  'blocks, soft_topk, post-norm': `
    encoder { attention block(4); schedule 32, 16, 8 -> 4; pool soft_topk by linear }
    decoder { layers 2; target 8 }`,
  'full attention, hard_topk, pre-norm, sinusoidal': `
    norm pre
    encoder { attention full; positions sinusoidal; schedule 32, 16 -> 4; pool hard_topk by linear }
    decoder { layers 2; target 8; positions sinusoidal }`,
  'blocks, soft_topk, pre-norm, gelu': `
    norm pre
    ffn 48 gelu
    encoder { attention block(8); schedule 32, 32 -> 8; pool soft_topk by linear }
    decoder { layers 1; target 8 }`,
  'no pooling': `
    encoder { attention block(8); schedule 32 x 2 }
    decoder { layers 1; target 8 }`,
};

const sourceOf = (body: string) => ({
  path: 'half.ben',
  text: `model Small {\n  vocabulary 300\n  width 32\n  heads 4\n${body}\n}\n`,
});

/** Unequal documents, one of a single token. */
const LENGTHS = [27, 9, 1];
const WIDTH = Math.max(...LENGTHS);
const rows = (f: (length: number, at: number) => number): Tensor =>
  tensor(
    'i64',
    [LENGTHS.length, WIDTH],
    LENGTHS.flatMap((length) => Array.from({ length: WIDTH }, (_, at) => f(length, at))),
  );
const DOCUMENT = {
  input_ids: rows((length, at) => (at < length ? 4 + ((at * 37 + length) % 290) : 1)),
  attention_mask: rows((length, at) => Number(at < length)),
};
const target = [2, 17, 200, 5, 44];
const FEEDS = {
  encode: DOCUMENT,
  forward: {
    ...DOCUMENT,
    decoder_input_ids: tensor('i64', [3, 5], [...target, ...target, ...target]),
  },
  generate: {
    ...DOCUMENT,
    max_length: tensor('i64', [], [6]),
    min_length: tensor('i64', [], [2]),
    length_penalty: tensor('f32', [], [1]),
  },
} as const;

async function outputsOf(
  source: ReturnType<typeof sourceOf>,
  precision: Precision,
  options: CompileOptions & { readonly entry: keyof typeof FEEDS },
): Promise<Record<string, Tensor>> {
  const compiled = compile(source, { ...options, precision }).value!;
  const weights = randomWeights(5);
  const bytes = await encodeSingleFile(emitArtifact(compiled, 'm.onnx', { weights }), weights);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.entries(FEEDS[options.entry]).map(([name, t]) => [name, toOrt(t)] as const);
  const out = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(Object.keys(out).map((name) => [name, fromOrt(out[name]!)]));
}

/** Largest difference, relative to 1 + |wanted|. */
const distance = (got: Tensor, want: Tensor): number =>
  want.data.reduce(
    (worst, x, i) => Math.max(worst, x === got.data[i] ? 0 : Math.abs(x - got.data[i]!) / (1 + Math.abs(x))),
    0,
  );

const CASES = [
  { target: 'cuda', entry: 'encode' },
  { target: 'webgpu', entry: 'forward' },
  { target: 'webgpu', entry: 'generate' },
  { target: 'cuda', entry: 'generate', beam: 3, returned: 2, noRepeatNgram: 2 },
] as const;

describe.each(Object.entries(MODELS))('%s', (_, body) => {
  test.each(CASES)('$entry for $target', async (options) => {
    const source = sourceOf(body);
    const want = await outputsOf(source, 'fp32', options);
    const got = await outputsOf(source, 'fp16', options);
    expect(Object.keys(got)).toEqual(Object.keys(want));
    let worst = 0;
    for (const [name, t] of Object.entries(want)) {
      expect([got[name]!.dtype, got[name]!.shape], name).toEqual([t.dtype, t.shape]);
      const off = distance(got[name]!, t);
      if (t.dtype === 'f32') worst = Math.max(worst, off);
      else expect(off, name).toBe(0);
    }
    // Ten bits of mantissa, through some layers; and rounded it must be.
    expect(worst).toBeLessThan(5e-3);
    expect(worst).toBeGreaterThan(1e-5);
  });
});
