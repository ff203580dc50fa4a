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
  /** Representations that the layer consumes (attention, pool, scorer) or the longest text (positions). */
  readonly length: number;
  /** Representations after the pooling (pool only). */
  readonly emits?: number;
  readonly width: number;
  readonly heads: number;
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
  readonly check?: (
    args: Readonly<Record<string, number | string | boolean>>,
    place: KindPlace,
  ) => KindProblem | undefined;
}

/** The kinds of each field of the language. The first of each table is that field's default. */
export interface KindTables {
  readonly attention: readonly KindSignature[];
  readonly pool: readonly KindSignature[];
  readonly scorer: readonly KindSignature[];
  readonly positions: readonly KindSignature[];
}
