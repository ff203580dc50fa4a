/**
 * Weights as the compiler sees them: the description of each weight, and the interface of a source that yields the
 * elements of a weight in pieces, so that no more than a few megabytes are in memory at once. Random weights are in
 * `pipeline/weights`, and sources that read files are in `runtime/weights`.
 */
import type { Part, Side } from './place.ts';

/** How an untrained weight is initialised, as fairseq does it. */
export type Init =
  /** U(-a, a), a = gain * sqrt(6 / (rows + columns)), for a [rows, columns] matrix. */
  | { readonly kind: 'xavier_uniform'; readonly gain: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** N(0, std²). The row `zeroRow`, which belongs to the padding token, is zero. */
  | { readonly kind: 'normal'; readonly std: number; readonly zeroRow?: number }
  | { readonly kind: 'constant'; readonly value: number };

/** The purposes of weights. A matrix that several parts share belongs to one group. */
export const GROUPS = ['embeddings', 'head', 'scorers', 'attention', 'ffn', 'norms', 'other'] as const;

export type WeightGroup = (typeof GROUPS)[number];

/**
 * The meaning of a weight's axes. `out_in` is the matrix of a linear, [out, in], as fairseq and PyTorch store it.
 * `rows` is a table that is read by rows, [count, width]. `vector` has one number for each feature.
 */
export const LAYOUTS = ['out_in', 'rows', 'vector'] as const;

export type Layout = (typeof LAYOUTS)[number];

/** The layout that a weight of this shape usually has. */
export const usualLayout = (shape: readonly number[]): Layout => (shape.length < 2 ? 'vector' : 'out_in');

/** A weight without a purpose in a model, such as one of a test graph or of IR text that states no facts. */
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
  // Only the group `scorers` stays float32. The precision of a pooling's weights depends on the ops that read them.
  pool: 'other',
  head: 'head',
};

/** A trainable float32 tensor. It has the name of the tensor in a fairseq state dict. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
  readonly group: WeightGroup;
  readonly layout: Layout;
  /** The side that the weight belongs to; null for a weight that both sides share. */
  readonly side: Side | null;
  /** The layer of that side, counted from 0; null for a weight outside of layers. */
  readonly layer: number | null;
}

export interface WeightSource {
  /** A label for users and metadata: `random, seed 0` or the name of the file. */
  readonly label: string;
  /** Whether the weights are random, not trained. */
  readonly random: boolean;
  /**
   * Yields the tensor's elements in row-major order, in pieces of at most 2^20 elements. Throws a DiagnosticError if
   * the tensor is missing, has another shape, is truncated, or contains NaN or infinity.
   */
  read(spec: WeightSpec): AsyncIterable<Float32Array>;
}
