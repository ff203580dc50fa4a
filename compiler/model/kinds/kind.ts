/**
 * A kind is a word of the language (`block`, `soft_topk`, `linear`, `sinusoidal`) and the graph that it produces. Each
 * kind has one file with its parameters and checks for the language, and its lowering for the compiler. A new kind is
 * such a file and one line in `index.ts`.
 *
 * A kind is lowered at a place, which contains the builder, the inputs, and access to the weights of the kind. The
 * facts that other code needs are fields of the kind's record: how many rows the kind gives, which lengths it accepts,
 * and which rows attend to each other.
 */
import type { KindSignature } from '../../../dsl/kinds.ts';
import type { KindSpec } from '../../../dsl/spec.ts';
import type { Builder, Value } from '../../ir/build.ts';
import type { Dim } from '../../ir/dim.ts';
import type { Init, WeightSpec } from '../../ir/weights.ts';

export type Args = KindSpec['args'];

/** The fields of every place. */
export interface Place {
  readonly b: Builder;
  /** d, the size of a representation. */
  readonly width: number;
  /** The layer of the kind, counted from 0 on its side; null outside of the layers. */
  readonly layer: number | null;
  /** The prefix of the names of the kind's weights in a checkpoint, such as `encoder.layers.0.self_attn`. */
  readonly prefix: string;
  /**
   * Declares a weight of the kind, named `PREFIX.NAME`. A second call with the same name gives the same value. `layout`
   * is the meaning of its axes; the default is `vector` for one axis, and `out_in` otherwise.
   */
  readonly weight: (
    name: string,
    shape: readonly number[],
    init: Init,
    layout?: WeightSpec['layout'],
  ) => Value;
  /** x·Wᵀ + b with the weights `PREFIX.NAME.weight` [out, in] and `PREFIX.NAME.bias` [out] of the kind. */
  readonly linear: (name: string, x: Value, out: number) => Value;
}

/** The place of an attention in the encoder. */
export interface AttentionPlace extends Place {
  /**
   * [B, n, d], after the norm of a pre-norm model. For a kind with `independent`, the rows may be packed: each run is
   * then an item of the batch, like a separate document.
   */
  readonly x: Value;
  /** The number of rows n, which is the second length of x. */
  readonly n: Dim;
  /** bool [B, n], true at tokens; null where nothing is masked (`--compat paper`). */
  readonly mask: Value | null;
  readonly heads: number;
  /**
   * Applies a projection of the layer to `x`: `q_proj`, `k_proj` or `v_proj`. `out` is its output width, by default
   * d.
   */
  readonly project: (name: string, out?: number) => Value;
}

/** The keys and the values of one layer, [B, H, rows, d_h] each. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/** The place of an attention in a decoder that reads all tokens of the target at once. */
export interface AllWordsPlace extends Place {
  /** [B, t, d], after the norm of a pre-norm model. */
  readonly x: Value;
  readonly heads: number;
  /** Applies a projection of the layer to rows: `q_proj`, `k_proj` or `v_proj`. */
  readonly project: (name: string, rows: Value) => Value;
}

/** The place of an attention in a decoder that reads one more token for each of W texts of a document. */
export interface OneWordPlace extends Place {
  /** [B·W, d], after the norm of a pre-norm model. */
  readonly x: Value;
  readonly heads: number;
  /** Applies a projection of the layer to `x`, and gives [B, W, d]. */
  readonly project: (name: string) => Value;
}

/** Attention of each token of the target to itself and to the tokens before it. */
export interface CausalForm {
  /** The context [B, t, d], before the output projection. */
  readonly all: (place: AllWordsPlace, args: Args) => Value;
  /**
   * The context [B, W, d], and the cache with the new tokens. `seen`, bool [B, W, past·W + W], marks the tokens of the
   * cache and of this step that each text sees; null means that each text sees all of them.
   */
  readonly step: (
    place: OneWordPlace & { readonly cache: KeyValue; readonly seen: Value | null },
    args: Args,
  ) => { readonly context: Value; readonly cache: KeyValue };
}

/** Attention of each token of the target to the memory. */
export interface CrossForm {
  /**
   * The context [B, t, d]. `memory` is [B, s, d]. `seen`, bool [B, s], marks the slots to attend to, at least one for
   * each document.
   */
  readonly all: (
    place: AllWordsPlace & { readonly memory: Value; readonly seen: Value | null },
    args: Args,
  ) => Value;
  /** The context [B, W, d]. `cache` is the result of `prepare`. `seen` is bool [B, W, s]. */
  readonly step: (
    place: OneWordPlace & { readonly cache: KeyValue; readonly seen: Value | null },
    args: Args,
  ) => Value;
  /**
   * The keys and values that each step reads, computed once per document. `project` applies a projection to the
   * memory, [B, s, d].
   */
  readonly prepare: (
    place: Place & { readonly heads: number; readonly project: (name: string) => Value },
    args: Args,
  ) => KeyValue;
}

export interface AttentionKind extends KindSignature {
  /** The encoder's form: the context [B, n, d], before the output projection. */
  readonly lower: (place: AttentionPlace, args: Args) => Value;
  /**
   * The attention that each row received in `lower`, summed over queries and heads, f32 [B, n]. Scorers can rank rows
   * by it. Null where the kind computes no attention matrix.
   */
  readonly received: ((place: AttentionPlace, args: Args) => Value) | null;
  /** The number of rows must be a multiple of this number, or at most this number. Null where any number is accepted. */
  readonly multiple: ((args: Args) => number) | null;
  /**
   * Rows attend only within runs of this length, which are counted from the document's first row. Runs of padding can
   * then be left out. Null where a row may attend to the whole document.
   */
  readonly independent: ((args: Args) => number) | null;
  /** The form of the decoder's attention to the target; null where the kind has none. */
  readonly causal: CausalForm | null;
  /** The form of the decoder's attention to the memory; null where the kind has none. */
  readonly cross: CrossForm | null;
  /** The arguments that a sweep of a report changes, by the symbols of the sweep: `m` is the size of a block. */
  readonly symbols?: Readonly<Record<string, string>>;
}

export interface ScorerPlace extends Place {
  /** The output of the layer: [B, n, d], or packed rows. */
  readonly x: Value;
  readonly layer: number;
  /**
   * The attention that each row received in that layer, in the shape of the scores; null if the kind of the attention
   * cannot compute it.
   */
  readonly received: (() => Value) | null;
}

export interface ScorerKind extends KindSignature {
  /** One score for each row: the shape of x without its last axis. */
  readonly lower: (place: ScorerPlace, args: Args) => Value;
}

/** Rows, their mask, and their origins: indices (i64) and weights (f32) of rows before the pooling, [B, n, r] each. */
export interface Pooled {
  readonly x: Value;
  readonly mask: Value;
  readonly index: Value;
  readonly weight: Value;
}

export interface PoolPlace extends Place {
  readonly layer: number;
  /** The number of rows of a document. */
  readonly n: Dim;
  /** The rows in the order of the document, [B, n, d]. */
  readonly rows: () => Value;
  /** The same rows without unpacking, for poolings that read rows by an index. */
  readonly packed: {
    /** [B, n, d], or [..., d] in any order where `at` is given. */
    readonly x: Value;
    /** i64 [B, n]: the index of each position's row among all rows of x; null where x is [B, n, d]. */
    readonly at: Value | null;
  };
  /** bool [B, n], true at rows that are not padding; null where nothing is masked (`--compat paper`). */
  readonly mask: Value | null;
  /** The number of rows after the pooling for a document of the schedule's full length. */
  readonly k: number;
  /** Whether the kept rows are in rank order regardless of the arguments, as in the published code. */
  readonly paper: boolean;
  /** Computes one score for each position, [B, n]. Only poolings that rank rows call it. */
  readonly score: () => Value;
}

export interface PoolKind extends KindSignature {
  readonly lower: (place: PoolPlace, args: Args) => Pooled;
  /**
   * The number of rows that the pooling gives for n rows, if the schedule states `k`. Padding, masks, costs and reports
   * all use it. The lowering refuses a kind whose `lower` gives another number.
   */
  readonly emitted: (n: Dim, k: number, args: Args) => Dim;
}

export interface PositionsPlace extends Place {
  /** i64 of any shape: 1 at padding, and 2, 3, … at tokens, as in fairseq. */
  readonly index: Value;
  /** The largest number of tokens. */
  readonly length: number;
}

export interface PositionsKind extends KindSignature {
  /** The vectors to add to the embeddings, [...shape of index, d]; null for none. */
  readonly lower: (place: PositionsPlace, args: Args) => Value | null;
}

export interface ActivationKind extends KindSignature {
  /** Applies the function to each element of x, which has any shape. */
  readonly lower: (b: Builder, x: Value, args: Args) => Value;
}

export interface FfnPlace extends Place {
  /** [..., d], after the norm of a pre-norm model. */
  readonly x: Value;
  /** The inner width f. */
  readonly inner: number;
  readonly activate: (x: Value) => Value;
}

export interface FfnKind extends KindSignature {
  /** [..., d], before the residual sum. */
  readonly lower: (place: FfnPlace, args: Args) => Value;
}

export interface NormPlace extends Place {
  /** [..., d]. */
  readonly x: Value;
}

export interface NormKind extends KindSignature {
  /** The normalised rows, in the shape of x. */
  readonly lower: (place: NormPlace, args: Args) => Value;
}

export interface HeadPlace extends Place {
  /** The output of the last layer, [..., d], after the norm of a pre-norm model. */
  readonly x: Value;
  /** Returns the output matrix [V, d], which may be the embedding matrix. */
  readonly embedding: () => Value;
}

export interface HeadKind extends KindSignature {
  /** The output of the model for each row of x. */
  readonly lower: (place: HeadPlace, args: Args) => Value;
}
