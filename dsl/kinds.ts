/**
 * What the language must know of the kinds that a model may name (`block(512)`, `soft_topk`,
 * `linear`, `sinusoidal`). The kinds themselves live in the compiler, one file each, and are handed
 * to `resolve`: the language knows none by name.
 */

export type ParamSignature =
  | {
      readonly name: string;
      readonly doc: string;
      readonly type: 'length' | 'integer' | 'number';
      /** Absent: the argument must be written. */
      readonly default?: number;
      readonly min?: number;
      readonly max?: number;
      /** It need not be written, and has no default. */
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

/** Facts of the place where a kind is used, for its own semantic check. */
export interface KindPlace {
  /** Representations that the layer consumes (attention, pool, scorer), or tokens of the longest text (all others). */
  readonly length: number;
  /** Representations after the pooling (pool only). */
  readonly emits?: number;
  readonly width: number;
  readonly heads: number;
  /** Scorer only: whether the layer's attention can say how much attention each row received. */
  readonly received?: boolean;
  /** Whether the model has a decoder. */
  readonly decodes: boolean;
}

export interface KindProblem {
  /** One sentence: what does not fit, with both numbers. */
  readonly message: string;
  /** What to write instead. */
  readonly help: string;
}

export interface KindSignature {
  readonly name: string;
  /** First sentence: what it is, with its source (paper, section). */
  readonly doc: string;
  /** In order; the first may be written without its name: `block(512)`. */
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
