/**
 * Where weights come from, seen from the compiler: something that yields the elements of a named
 * tensor in order, in pieces, so that no more than a few megabytes are ever held. The sources
 * themselves (a seed, a safetensors file) live in the runtime.
 */
import type { Part, Side } from './place.ts';

/** How a fresh parameter is drawn, as fairseq draws it (SYSTEMS.md 5.4). */
export type Init =
  /** U(-a, a), a = gain * sqrt(6 / (rows + columns)), for a [rows, columns] matrix. */
  | { readonly kind: 'xavier_uniform'; readonly gain: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** N(0, std); row `zeroRow` (the padding word's) is zero. */
  | { readonly kind: 'normal'; readonly std: number; readonly zeroRow?: number }
  | { readonly kind: 'constant'; readonly value: number };

/** What a trained number is for. A matrix that several parts share belongs to one group. */
export const GROUPS = ['embeddings', 'head', 'scorers', 'attention', 'ffn', 'norms', 'other'] as const;

export type WeightGroup = (typeof GROUPS)[number];

/**
 * What the axes of a weight mean. `out_in`: a matrix of a linear, as fairseq and torch keep it, [out, in]; `rows`: a
 * table that is read by rows, [count, width]; `vector`: one number for each feature.
 */
export const LAYOUTS = ['out_in', 'rows', 'vector'] as const;

export type Layout = (typeof LAYOUTS)[number];

/** The layout that the rank of a weight suggests, where nobody says another. */
export const usualLayout = (shape: readonly number[]): Layout => (shape.length < 2 ? 'vector' : 'out_in');

/** A weight of a graph that is not a model's: of a probe, or of text that does not say what the weight is for. */
export const plainWeight = (name: string, shape: readonly number[], init: Init): WeightSpec => ({
  name,
  shape,
  init,
  group: 'other',
  layout: usualLayout(shape),
  side: null,
  layer: null,
});

/** The group of the weights of each part. */
export const GROUP_OF: Readonly<Record<Part, WeightGroup>> = {
  attention: 'attention',
  selfAttention: 'attention',
  crossAttention: 'attention',
  projections: 'attention',
  memoryProjections: 'attention',
  ffn: 'ffn',
  score: 'scorers',
  pool: 'scorers',
  head: 'head',
};

/** A trainable tensor, by its name in a fairseq state dict (SYSTEMS.md 5.5). float32. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
  readonly group: WeightGroup;
  readonly layout: Layout;
  /** The side that it belongs to; null for a weight that both share. */
  readonly side: Side | null;
  /** The layer of that side, from 0; null for a weight outside of layers. */
  readonly layer: number | null;
}

export interface WeightSource {
  /** For people and metadata: `random, seed 0` or the file's name. */
  readonly label: string;
  /** True when nobody trained these. */
  readonly random: boolean;
  /**
   * The tensor's elements in row-major order, in pieces of at most 1 Mi elements. Throws
   * DiagnosticError when it is missing, misshapen, truncated or holds NaN or infinity.
   */
  read(spec: WeightSpec): AsyncIterable<Float32Array>;
}
