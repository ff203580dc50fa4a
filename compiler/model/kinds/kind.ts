/**
 * A kind is a word of the language (`block`, `soft_topk`, `linear`, `sinusoidal`) and the graph that it
 * means. One kind is one file: its parameters and checks for the language, its lowering for the
 * compiler. A new kind is that file and one line in `index.ts`.
 */
import type { KindSignature } from '../../../dsl/kinds.ts';
import type { Builder, Value } from '../../ir/build.ts';

export type Args = Readonly<Record<string, number | string | boolean>>;

/**
 * Where an attention stands. `x` is [B, n, d] after any norm; the mask is true at real tokens. A kind with a `unit`
 * may get the runs of `unit` rows of a batch one after the other instead, as if each were a document.
 */
export interface AttentionPlace {
  readonly b: Builder;
  readonly x: Value;
  /** bool [B, n]; null when nothing is masked (`--compat paper`). */
  readonly mask: Value | null;
  readonly width: number;
  readonly heads: number;
  /** `x` through one of the layer's own projections: `q_proj`, `k_proj`, `v_proj`. */
  readonly project: (name: string) => Value;
}

export interface AttentionKind extends KindSignature {
  /** The context [B, n, d] before the output projection. */
  readonly lower: (place: AttentionPlace, args: Args) => Value;
  /**
   * Lengths must be whole multiples of this, unless shorter, and no row sees beyond its own run of so many rows;
   * absent: any length will do, and a row may see the whole document.
   */
  readonly unit?: (args: Args) => number;
}

export interface ScorerPlace {
  readonly b: Builder;
  readonly x: Value;
  readonly width: number;
  /** The layer whose output is scored, from 0. */
  readonly layer: number;
}

export interface ScorerKind extends KindSignature {
  /** One score for each row of x [B, n, d], or of packed x: [B, n]. */
  readonly lower: (place: ScorerPlace, args: Args) => Value;
}

/** Rows, which of them are real, and what each is made of: index and weight are [B, n, r]. */
export interface Pooled {
  readonly x: Value;
  readonly mask: Value;
  readonly index: Value;
  readonly weight: Value;
}

export interface PoolPlace {
  readonly b: Builder;
  /** [B, n, d], or with `at` rows in any order, [..., d]. */
  readonly x: Value;
  /** i64 [B, n]: which row of x, all counted through, each position is; null where x has them in place. */
  readonly at: Value | null;
  readonly mask: Value | null;
  /** Most rows to keep. */
  readonly k: number;
  /** As the published code does it: rank order, whatever the arguments say. */
  readonly paper: boolean;
  /** One score for each position, [B, n]; asked for only by poolings that rank. */
  readonly score: () => Value;
}

export interface PoolKind extends KindSignature {
  readonly lower: (place: PoolPlace, args: Args) => Pooled;
}

export interface PositionsPlace {
  readonly b: Builder;
  /** i64 of whatever shape; 1 at padding, 2, 3, … at tokens, as fairseq counts. */
  readonly index: Value;
  readonly width: number;
  /** Largest number of tokens. */
  readonly length: number;
}

export interface PositionsKind extends KindSignature {
  /** Vectors to add to the embeddings, the shape of `index` and then d; null for none. */
  readonly lower: (place: PositionsPlace, args: Args) => Value | null;
}
