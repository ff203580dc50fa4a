/** What encoder and decoder layers are made of (SYSTEMS.md 0.4), with fairseq's weight names and draws. */
import type { Builder, Value } from '../ir/build.ts';
import type { Init, WeightSpec } from '../ir/weights.ts';
import { add, mul } from '../ops/binary.ts';
import { literal } from '../ops/constants.ts';
import { gather } from '../ops/gather.ts';
import { layerNorm } from '../ops/layer_norm.ts';
import { linear } from '../ops/linear.ts';
import { UNARY } from '../ops/unary.ts';
import type { Lowering } from './lowering.ts';

/** torch's default for a linear layer: U(±1/√in) for weight and bias. */
const torchUniform = (columns: number): Init => ({ kind: 'uniform', bound: 1 / Math.sqrt(columns) });
const xavier = (gain: number): Init => ({ kind: 'xavier_uniform', gain });
const ZERO: Init = { kind: 'constant', value: 0 };

/** How fairseq draws a projection, by the last part of its name; anything else as torch does. */
const DRAWS: Readonly<Record<string, (columns: number) => { weight: Init; bias: Init }>> = {
  q_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  k_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  v_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  out_proj: () => ({ weight: xavier(1), bias: ZERO }),
};

/** x · Wᵀ + b with the weights `NAME.weight` [out, in] and `NAME.bias`. */
export function project(b: Builder, x: Value, name: string, out: number): Value {
  const columns = x.type.shape.at(-1) as number;
  const draw = DRAWS[name.split('.').at(-1)!];
  const init = draw?.(columns) ?? { weight: torchUniform(columns), bias: torchUniform(columns) };
  return b.within(name.split('.').at(-1)!, () => {
    const weight = b.param({ name: `${name}.weight`, shape: [out, columns], init: init.weight });
    const bias = b.param({ name: `${name}.bias`, shape: [out], init: init.bias });
    return b.add(linear, [x, weight, bias]);
  });
}

export function norm(b: Builder, x: Value, name: string): Value {
  const shape = [x.type.shape.at(-1) as number];
  const gain = b.param({ name: `${name}.weight`, shape, init: { kind: 'constant', value: 1 } });
  const bias = b.param({ name: `${name}.bias`, shape, init: ZERO });
  return b.within(name.split('.').at(-1)!, () => b.add(layerNorm, [x, gain, bias]));
}

/** A residual branch with its norm: after the sum (post) or before the branch (pre). */
export function residual(
  { b, spec }: Lowering,
  x: Value,
  normName: string,
  branch: (x: Value) => Value,
): Value {
  if (spec.norm === 'post') return norm(b, b.add(add, [x, branch(x)]), normName);
  return b.add(add, [x, branch(norm(b, x, normName))]);
}

/** W₂ · f(W₁ · x + b₁) + b₂ with its residual. */
export function feedForward(l: Lowering, x: Value, layer: string): Value {
  const { b, spec } = l;
  return residual(l, x, `${layer}.final_layer_norm`, (h) => {
    const inner = project(b, h, `${layer}.fc1`, spec.ffn.width);
    return project(b, b.add(UNARY[spec.ffn.activation]!, [inner]), `${layer}.fc2`, spec.width);
  });
}

/** The embedding matrix of one side: a single one when they are shared. */
export function embeddingOf({ b, spec, ids }: Lowering, side: 'encoder' | 'decoder' | 'output'): Value {
  const names = {
    encoder: 'encoder.embed_tokens',
    decoder: 'decoder.embed_tokens',
    output: 'decoder.output_projection',
  };
  const embeds = spec.shareEmbeddings || side !== 'output';
  const weight: WeightSpec = {
    name: `${spec.shareEmbeddings ? names.encoder : names[side]}.weight`,
    shape: [spec.vocabulary, spec.width],
    // An output projection of its own has no row that nothing may move.
    init: { kind: 'normal', std: spec.width ** -0.5, ...(embeds && { zeroRow: ids.pad }) },
  };
  return b.param(weight);
}

/** √d · E[ids] (+ positions): [B, n, d]. */
export function embed(l: Lowering, side: 'encoder' | 'decoder', ids: Value, positions: Value | null): Value {
  const { b, spec } = l;
  const scale = literal(b, 'f32', [], [Math.sqrt(spec.width)]);
  const words = b.add(mul, [b.add(gather, [embeddingOf(l, side), ids]), scale]);
  return positions ? b.add(add, [words, positions]) : words;
}
