/**
 * The parts that encoder and decoder layers share, with fairseq's names and initialisations of
 * weights.
 */
import type { Builder, Value } from '../ir/build.ts';
import { GROUP_OF, type Init, type WeightSpec } from '../ir/weights.ts';
import { add, mul } from '../ops/binary.ts';
import { literal } from '../ops/constants.ts';
import { gather } from '../ops/gather.ts';
import { linear } from '../ops/linear.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { Place } from './kinds/kind.ts';
import type { Lowering } from './lowering.ts';

/** PyTorch's default for a linear: U(±1/√in) for weight and bias. */
const torchUniform = (columns: number): Init => ({ kind: 'uniform', bound: 1 / Math.sqrt(columns) });
const xavier = (gain: number): Init => ({ kind: 'xavier_uniform', gain });
const ZERO: Init = { kind: 'constant', value: 0 };

/** fairseq's initialisations of projections, by the last part of their names. Other linears use PyTorch's default. */
const INITS: Readonly<Record<string, (columns: number) => { weight: Init; bias: Init }>> = {
  q_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  k_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  v_proj: (columns) => ({ weight: xavier(Math.SQRT1_2), bias: torchUniform(columns) }),
  out_proj: () => ({ weight: xavier(1), bias: ZERO }),
};

/** The facts of a weight: its group, and the side and layer where it is declared. */
export function weightFacts(
  b: Builder,
  group: WeightSpec['group'],
): Pick<WeightSpec, 'group' | 'side' | 'layer'> {
  const { side, layer } = b.here();
  return { group, side, layer };
}

/** x · Wᵀ + b with the weights `NAME.weight` [out, in] and `NAME.bias` [out]. `part` is their part. */
export function project(b: Builder, x: Value, name: string, out: number, part = b.here().part): Value {
  const columns = x.type.shape.at(-1) as number;
  const initOf = INITS[name.split('.').at(-1)!];
  const init = initOf?.(columns) ?? { weight: torchUniform(columns), bias: torchUniform(columns) };
  const facts = weightFacts(b, part ? GROUP_OF[part] : 'other');
  const product = (): Value => {
    const matrix = {
      name: `${name}.weight`,
      shape: [out, columns],
      init: init.weight,
      layout: 'out_in',
    } as const;
    const vector = { name: `${name}.bias`, shape: [out], init: init.bias, layout: 'vector' } as const;
    return b.add(linear, [x, b.param({ ...matrix, ...facts }), b.param({ ...vector, ...facts })]);
  };
  return b.within(name.split('.').at(-1)!, product, { part });
}

/**
 * The place of a kind whose weights have names that begin with `prefix`. The group of these weights is `group`, by
 * default the group of the part that is being built.
 */
export function placeIn({ b, spec }: Lowering, prefix: string, group?: WeightSpec['group']): Place {
  const { layer, part } = b.here();
  const facts = weightFacts(b, group ?? (part ? GROUP_OF[part] : 'other'));
  return {
    b,
    width: spec.width,
    layer,
    prefix,
    weight: (name, shape, init, layout = shape.length === 1 ? 'vector' : 'out_in') =>
      b.param({ name: `${prefix}.${name}`, shape, init, layout, ...facts }),
    linear: (name, x, out) => project(b, x, `${prefix}.${name}`, out),
  };
}

/** Applies the model's norm with the weights `NAME.weight` and `NAME.bias`. */
export function norm(l: Lowering, x: Value, name: string): Value {
  const { b, spec } = l;
  const { kind, args } = spec.norm;
  return b.within(name.split('.').at(-1)!, () =>
    kindNamed(KINDS.norm, kind).lower({ ...placeIn(l, name, 'norms'), x }, args),
  );
}

/** Adds a branch to its input, and applies the norm after the sum (post-norm) or before the branch (pre-norm). */
export function residual(l: Lowering, x: Value, normName: string, branch: (x: Value) => Value): Value {
  const { b, spec } = l;
  if (spec.norm.place === 'post') return norm(l, b.add(add, [x, branch(x)]), normName);
  return b.add(add, [x, branch(norm(l, x, normName))]);
}

/** Applies the norm that pre-norm models have after their last layer. */
export const lastNorm = (l: Lowering, x: Value, side: 'encoder' | 'decoder'): Value =>
  l.spec.norm.place === 'pre' ? norm(l, x, `${side}.layer_norm`) : x;

/** The feed-forward network of a layer, with its residual and norm. */
export function feedForward(l: Lowering, x: Value, name: string): Value {
  const { b, spec } = l;
  const { kind, args, width: inner, activation } = spec.ffn;
  const activate = (h: Value): Value =>
    kindNamed(KINDS.activation, activation.kind).lower(b, h, activation.args);
  const network = (h: Value): Value =>
    kindNamed(KINDS.ffn, kind).lower({ ...placeIn(l, name), x: h, inner, activate }, args);
  return residual(l, x, `${name}.final_layer_norm`, (h) => b.within('', () => network(h), { part: 'ffn' }));
}

/** The embedding matrix of a side, or the output matrix. The three matrices are one weight if the model shares them. */
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
    // In a separate output matrix, the row of the padding token need not be zero.
    init: { kind: 'normal', std: spec.width ** -0.5, ...(embeds && { zeroRow: ids.pad }) },
    group: embeds ? 'embeddings' : 'head',
    layout: embeds ? 'rows' : 'out_in',
    side: spec.shareEmbeddings ? null : b.here().side,
    layer: null,
  };
  return b.param(weight);
}

/** The embeddings √d · E[ids], plus the vectors of positions if there are any: [B, n, d]. */
export function embed(l: Lowering, side: 'encoder' | 'decoder', ids: Value, positions: Value | null): Value {
  const { b, spec } = l;
  const scale = literal(b, 'f32', [], [Math.sqrt(spec.width)]);
  const words = b.add(mul, [b.add(gather, [embeddingOf(l, side), ids]), scale]);
  return positions ? b.add(add, [words, positions]) : words;
}
