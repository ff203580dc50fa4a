/**
 * The types of the facts that the language needs about each kind (`block(512)`, `soft_topk`, `linear`, `sinusoidal`).
 * The kinds themselves are in compiler/model/kinds/, and the caller of `resolve` passes them in.
 */

export type ParamSignature =
  | {
      readonly name: string;
      readonly doc: string;
      readonly type: 'length' | 'integer' | 'number';
      /** An argument that has no default and is not optional must be written. */
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

/** The context in which a kind is used, for the kind's own check. */
export interface KindPlace {
  /**
   * The number of representations that the layer consumes (attention, pool, scorer), or of tokens in the longest text
   * (all other slots).
   */
  readonly length: number;
  /** The number of representations after the pooling; only for a pooling. */
  readonly emits?: number;
  readonly width: number;
  readonly heads: number;
  /** Whether the layer's attention can compute how much attention each row received; only for a scorer. */
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
  /** Any value except null and undefined if this attention can compute how much attention each row received. */
  readonly received?: unknown;
  readonly check?: (
    args: Readonly<Record<string, number | string | boolean>>,
    place: KindPlace,
  ) => KindProblem | undefined;
}

/**
 * The kinds that each slot of a model takes. The first of each table is the default. The three attention slots share
 * their kinds: `decoderAttention` takes the kinds that have a causal form, and `crossAttention` takes the kinds that
 * can read a memory.
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

/** The name of each slot in messages: the word that an author writes before a kind of this slot. */
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
