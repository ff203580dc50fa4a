/**
 * What the language needs to know about kinds (`block(512)`, `soft_topk`, `linear`, `sinusoidal`). The kinds themselves
 * are in compiler/model/kinds/ and are passed to `resolve`; the language knows no kind by name.
 */

export type ParamSignature =
  | {
      readonly name: string;
      readonly doc: string;
      readonly type: 'length' | 'integer' | 'number';
      /** Without a default, an argument that is not optional must be written. */
      readonly default?: number;
      readonly min?: number;
      readonly max?: number;
      /** The argument may be left out and then has no value. */
      readonly optional?: true;
    }
  | {
      readonly name: string;
      readonly doc: string;
      readonly type: 'choice';
      readonly choices: readonly string[];
      readonly default?: string;
      readonly optional?: true;
    };

/** The place where a kind is used, for the kind's own check. */
export interface KindPlace {
  /** Representations that the layer consumes (attention, pool, scorer), or tokens of the longest text (all others). */
  readonly length: number;
  /** Representations after the pooling, for a pooling only. */
  readonly emits?: number;
  readonly width: number;
  readonly heads: number;
  /** Scorer only: whether the layer's attention can say how much attention each row received. */
  readonly received?: boolean;
  /** Whether the model has a decoder. */
  readonly decodes: boolean;
}

export interface KindProblem {
  /** What does not fit, in one sentence with both numbers. */
  readonly message: string;
  /** What to write instead. */
  readonly help: string;
}

export interface KindSignature {
  readonly name: string;
  /** Its first sentence says what the kind is and where it comes from (paper, section). */
  readonly doc: string;
  /** The parameters in order. The first may be written without its name: `block(512)`. */
  readonly params: readonly ParamSignature[];
  /** An attention that can say how much attention each row received has something here. */
  readonly received?: unknown;
  readonly check?: (
    args: Readonly<Record<string, number | string | boolean>>,
    place: KindPlace,
  ) => KindProblem | undefined;
}

/**
 * The kinds that each slot of a model takes. The first of each table is the default. The three attention slots share
 * their kinds: a decoder takes those that have a causal form, and those that read a memory.
 */
export interface KindTables {
  readonly attention: readonly KindSignature[];
  readonly decoderAttention: readonly KindSignature[];
  readonly crossAttention: readonly KindSignature[];
  readonly pool: readonly KindSignature[];
  readonly scorer: readonly KindSignature[];
  readonly positions: readonly KindSignature[];
  readonly ffn: readonly KindSignature[];
  readonly activation: readonly KindSignature[];
  readonly norm: readonly KindSignature[];
  readonly head: readonly KindSignature[];
}

/** How messages name a slot: the word that an author writes before a kind of it. */
export const SLOT_WORDS: Readonly<Record<keyof KindTables, string>> = {
  attention: '`attention`',
  decoderAttention: '`attention` of a decoder',
  crossAttention: '`cross_attention`',
  pool: '`pool`',
  scorer: '`by`',
  positions: '`positions`',
  ffn: '`ffn`',
  activation: '`ffn`',
  norm: '`norm`',
  head: '`head`',
};
