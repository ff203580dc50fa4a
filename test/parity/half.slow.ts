/**
 * float16 against float32, from the language to the numbers. ONNX Runtime's CPU converts around nodes for which it
 * has no float16 kernel, and so rounds less than a GPU does. The interpreter is made to round after every op.
 * test/runtime/gpu.slow.ts tests GPUs.
 */
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { encodeSingleFile } from '../../compiler/emit/index.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import { isComposite, type Op, type Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { collect, weightExpr } from '../../compiler/ir/weight_expr.ts';
import { toHalf } from '../../compiler/onnx/half.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type CompileOptions, compile, emitArtifact, type Precision, randomWeights } from '../../index.ts';
import { toFloat32 } from '../../runtime/weights/elements.ts';
import { fromOrt, toOrt } from '../compiler/emit/onnx.ts';

/** A model of each kind, with pre-norm and post-norm. */
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

/** Weights for which no two scores are so close that float16 would change the ranking of the rows. */
const WEIGHTS = randomWeights(7);

/** The tensor rounded to float16. */
const round = ({ data, ...t }: Tensor): Tensor => {
  const bits = toHalf(Float32Array.from(data));
  return { ...t, data: Float64Array.from(toFloat32('F16', new Uint8Array(bits.buffer))) };
};

const rounding = (op: Op): Op =>
  isComposite(op) || !op.ref
    ? op
    : { ...op, ref: (...args) => op.ref!(...args).map((t) => (t.dtype === 'f16' ? round(t) : t)) };

/** All ops, changed so that their float16 results are rounded to float16. */
const ROUNDING = Object.fromEntries(Object.entries(OPS).map(([name, op]) => [name, rounding(op)]));

/** Documents of unequal lengths, one with a single token. */
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
  const bytes = await encodeSingleFile(emitArtifact(compiled, 'm.onnx', { weights: WEIGHTS }), WEIGHTS);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const feeds = Object.entries(FEEDS[options.entry]).map(([name, t]) => [name, toOrt(t)] as const);
  const out = await session.run(Object.fromEntries(feeds));
  await session.release();
  return withShares(Object.fromEntries(Object.keys(out).map((name) => [name, fromOrt(out[name]!)])));
}

/**
 * Replaces origins by the share of each token in each slot. Two tokens with nearly equal scores may come in either
 * order, but their shares are the same.
 */
function withShares({ origin_index: index, origin_weight: weight, ...others }: Record<string, Tensor>) {
  if (!index || !weight) return others;
  const [batch, slots, group] = index.shape as readonly [number, number, number];
  const shares = new Float64Array(batch * slots * WIDTH);
  index.data.forEach((token, i) => {
    shares[Math.floor(i / group) * WIDTH + token]! += weight.data[i]!;
  });
  return { ...others, shares: { dtype: 'f32', shape: [batch, slots, WIDTH], data: shares } as const };
}

/** The largest difference, relative to 1 + |wanted|. */
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
    // float16 has ten bits of mantissa, and errors add up over some layers. A smaller error would show that nothing
    // was rounded.
    expect(worst).toBeLessThan(5e-3);
    expect(worst).toBeGreaterThan(1e-5);
  });

  test.each(['encode', 'forward'] as const)('%s if every op rounds', async (entry) => {
    const interpreted = async (precision: Precision, ops: typeof OPS) => {
      const { graph } = compile(sourceOf(body), { entry, target: 'webgpu', precision }).value!;
      const weights = new Map<string, Tensor>();
      for (const { weight } of graph.params)
        weights.set(weight.name, tensor('f32', weight.shape, await collect(weightExpr(weight), WEIGHTS)));
      return withShares(interpret(graph, FEEDS[entry], ({ name }) => weights.get(name)!, ops));
    };
    const want = await interpreted('fp32', OPS);
    const got = await interpreted('fp16', ROUNDING);
    for (const [name, t] of Object.entries(want)) {
      const off = distance(got[name]!, t);
      expect(off, name).toBeLessThanOrEqual(t.dtype === 'f32' ? 1e-2 : 0);
      if (name === 'memory' || name === 'logits') expect(off).toBeGreaterThan(1e-4);
    }
  });
});
