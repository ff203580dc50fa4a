/**
 * A kind is a word of the language (`block`, `soft_topk`, `linear`, `sinusoidal`) and the graph that it
 * means. One kind is one file: its parameters and checks for the language, its lowering for the
 * compiler. A new kind is that file and one line in `index.ts`.
 *
 * A kind is lowered at a place, which gives it the builder, what it computes on, and the weights of its own. What others
 * must know of it (how many rows it hands on, which lengths it takes, which rows see each other) are fields of its record.
 */
import type { KindSignature } from '../../../dsl/kinds.ts';
import type { KindSpec } from '../../../dsl/spec.ts';
import type { Builder, Value } from '../../ir/build.ts';
import type { Dim } from '../../ir/dim.ts';
import type { Init, WeightSpec } from '../../ir/weights.ts';

export type Args = KindSpec['args'];

/** What every kind is given. */
export interface Place {
  readonly b: Builder;
  /** d, the size of a representation. */
  readonly width: number;
  /** The layer that the kind stands in, from 0 on its side; null outside of the layers. */
  readonly layer: number | null;
  /** What the names of this part's weights begin with in a checkpoint: `encoder.layers.0.self_attn`. */
  readonly prefix: string;
  /**
   * A weight of the kind's own, named `PREFIX.NAME`; the second call for a name gives the same value. `layout` says what its
   * axes mean; default: a vector has one, and any other is a matrix [out, in].
   */
  readonly weight: (
    name: string,
    shape: readonly number[],
    init: Init,
    layout?: WeightSpec['layout'],
  ) => Value;
  /** x·Wᵀ + b with weights of the kind's own, `PREFIX.NAME.weight` [out, in] and `PREFIX.NAME.bias` [out]. */
  readonly linear: (name: string, x: Value, out: number) => Value;
}

/** Where an attention stands in the encoder. */
export interface AttentionPlace extends Place {
  /**
   * [B, n, d], after any norm. The rows of a kind that is `independent` may come packed instead: runs of so many rows,
   * one after the other, each as if it were a document.
   */
  readonly x: Value;
  /** n, the rows of x on its second axis. */
  readonly n: Dim;
  /** bool [B, n], true at tokens; null when nothing is masked (`--compat paper`). */
  readonly mask: Value | null;
  readonly heads: number;
  /** `x` through a projection of the layer to `out` numbers (default: the width): `q_proj`, `k_proj`, `v_proj`. */
  readonly project: (name: string, out?: number) => Value;
}

/** Keys and values of one layer, [B, H, rows, d_h] each. */
export interface KeyValue {
  readonly key: Value;
  readonly value: Value;
}

/** Where an attention stands in a decoder that reads all words of the target at once. */
export interface AllWordsPlace extends Place {
  /** [B, t, d], after any norm. */
  readonly x: Value;
  readonly heads: number;
  /** Rows through a projection of the layer: `q_proj`, `k_proj`, `v_proj`. */
  readonly project: (name: string, rows: Value) => Value;
}

/** Where an attention stands in a decoder that reads one word more of each of W texts of a document. */
export interface OneWordPlace extends Place {
  /** [B·W, d], after any norm. */
  readonly x: Value;
  readonly heads: number;
  /** `x` through a projection of the layer: [B, W, d]. */
  readonly project: (name: string) => Value;
}

/** Attention of a word to the words before it. */
export interface CausalForm {
  /** The context [B, t, d], before the output projection. */
  readonly all: (place: AllWordsPlace, args: Args) => Value;
  /**
   * The context [B, W, d], and the cache grown by this word. `seen` is bool [B, W, past·W + W]: which words of the cache
   * and of this step each text sees; null: all of them.
   */
  readonly step: (
    place: OneWordPlace & { readonly cache: KeyValue; readonly seen: Value | null },
    args: Args,
  ) => { readonly context: Value; readonly cache: KeyValue };
}

/** Attention of a word to the memory. */
export interface CrossForm {
  /** The context [B, t, d]; `memory` [B, s, d], `seen` bool [B, s]: slots that hold something, at least one a document. */
  readonly all: (
    place: AllWordsPlace & { readonly memory: Value; readonly seen: Value | null },
    args: Args,
  ) => Value;
  /** The context [B, W, d]; `cache` is the memory as `prepare` made it, `seen` bool [B, 1, s]. */
  readonly step: (
    place: OneWordPlace & { readonly cache: KeyValue; readonly seen: Value | null },
    args: Args,
  ) => Value;
  /** What each step reads of the memory, made once for each document. `project` gives the memory projected, [B, s, d]. */
  readonly prepare: (
    place: Place & { readonly heads: number; readonly project: (name: string) => Value },
    args: Args,
  ) => KeyValue;
}

export interface AttentionKind extends KindSignature {
  /** In the encoder: the context [B, n, d], before the output projection. */
  readonly lower: (place: AttentionPlace, args: Args) => Value;
  /**
   * How much attention each row received in `lower`, summed over queries and heads, f32 [B, n]: what scorers by power
   * rank by. Null: it has no matrix that could tell.
   */
  readonly received: ((place: AttentionPlace, args: Args) => Value) | null;
  /** The numbers of rows that it takes are whole multiples of this, or at most this; null: it takes any number. */
  readonly multiple: ((args: Args) => number) | null;
  /**
   * No row sees beyond its own run of so many rows, counted from the document's first: whole runs of padding can be left
   * out. Null: a row may see the whole document.
   */
  readonly independent: ((args: Args) => number) | null;
  /** In a decoder, over the words written so far; null: it has no causal form. */
  readonly causal: CausalForm | null;
  /** In a decoder, over the memory; null: it cannot read one. */
  readonly cross: CrossForm | null;
  /** The argument that a sweep of a report changes along a symbol: `m` is the size of a block. */
  readonly symbols?: Readonly<Record<string, string>>;
}

export interface ScorerPlace extends Place {
  /** [B, n, d], or packed rows: the output of `layer`. */
  readonly x: Value;
  readonly layer: number;
  /** How much attention each row received in that layer, the shape of the scores; null where its kind cannot tell. */
  readonly received: (() => Value) | null;
}

export interface ScorerKind extends KindSignature {
  /** One score for each row of x [B, n, d], or of packed x: [B, n]. */
  readonly lower: (place: ScorerPlace, args: Args) => Value;
}

/** Rows, which of them are real, and what each is made of: index i64 and weight f32 are [B, n, r]. */
export interface Pooled {
  readonly x: Value;
  readonly mask: Value;
  readonly index: Value;
  readonly weight: Value;
}

export interface PoolPlace extends Place {
  readonly layer: number;
  /** n, the rows of a document on their axis. */
  readonly n: Dim;
  /** The rows in the order of the document, [B, n, d]. */
  readonly rows: () => Value;
  /** The same as they are kept, for poolings that find rows by an index: nothing is unpacked for them. */
  readonly packed: {
    /** [B, n, d], or with `at` rows in any order, [..., d]. */
    readonly x: Value;
    /** i64 [B, n]: which row of x, all counted through, each position is; null where x has them in place. */
    readonly at: Value | null;
  };
  /** bool [B, n], true at rows that hold something; null when nothing is masked (`--compat paper`). */
  readonly mask: Value | null;
  /** Rows after the pooling where the document has the schedule's full length. */
  readonly k: number;
  /** As the published code does it: rank order, whatever the arguments say. */
  readonly paper: boolean;
  /** One score for each position, [B, n]; read only by poolings that rank. */
  readonly score: () => Value;
}

export interface PoolKind extends KindSignature {
  readonly lower: (place: PoolPlace, args: Args) => Pooled;
  /**
   * The rows that it hands on for n of them, where the schedule says `k`: the one truth for lengths, which padding, masks,
   * costs and reports follow. `lower` must give as many (a test holds every kind to it).
   */
  readonly emitted: (n: Dim, k: number, args: Args) => Dim;
}

export interface PositionsPlace extends Place {
  /** i64 of whatever shape; 1 at padding, 2, 3, … at tokens, as fairseq counts. */
  readonly index: Value;
  /** Largest number of tokens. */
  readonly length: number;
}

export interface PositionsKind extends KindSignature {
  /** Vectors to add to the embeddings, the shape of `index` and then d; null for none. */
  readonly lower: (place: PositionsPlace, args: Args) => Value | null;
}

export interface ActivationKind extends KindSignature {
  /** The function of each number, whatever the shape of x. */
  readonly lower: (b: Builder, x: Value, args: Args) => Value;
}

export interface FfnPlace extends Place {
  /** [..., d], after any norm. */
  readonly x: Value;
  /** f, the numbers between its two matrices. */
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
  /** The same shape. */
  readonly lower: (place: NormPlace, args: Args) => Value;
}

export interface HeadPlace extends Place {
  /** [..., d]: what the last layer gives, after any norm. */
  readonly x: Value;
  /** The output matrix [V, d], which may be the embeddings'. */
  readonly embedding: () => Value;
}

export interface HeadKind extends KindSignature {
  /** What the model says of each row of x. */
  readonly lower: (place: HeadPlace, args: Args) => Value;
}
