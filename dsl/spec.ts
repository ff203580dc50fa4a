/**
 * What a `.ben` file means once names, inheritance and defaults are resolved: plain, complete,
 * JSON-serialisable data. The compiler reads nothing else of the language.
 */
import type { Span } from './diagnostics.ts';
import type { Measure } from './measures.ts';

/** `block(512)`: a kind and its arguments by parameter name, defaults filled in. */
export interface KindSpec {
  readonly kind: string;
  readonly args: Readonly<Record<string, number | string | boolean>>;
  readonly span: Span;
}

/** A pooling between two layers (or at the encoder's end), with the scorer that ranks its input. */
export interface PoolSpec extends KindSpec {
  readonly scorer: KindSpec;
}

/** The feed-forward network of every layer. */
export interface FfnSpec extends KindSpec {
  /** Numbers between its two matrices. */
  readonly width: number;
  readonly activation: KindSpec;
}

/** The layer normalisation of every sub-layer. */
export interface NormSpec extends KindSpec {
  /** `post`: after each residual sum; `pre`: before each sub-layer, and once more after the last layer. */
  readonly place: 'post' | 'pre';
}

export interface EncoderLayerSpec {
  /** Representations that this layer attends over, at most (`schedule`). */
  readonly consumes: number;
  /** Representations handed on after this layer's pooling; equals `consumes` without one. */
  readonly emits: number;
  readonly attention: KindSpec;
  /** Present exactly when `emits < consumes`. */
  readonly pool?: PoolSpec;
  /** The layer's place in the source: its `schedule` entry. */
  readonly span: Span;
}

export interface EncoderSpec {
  readonly positions: KindSpec;
  readonly layers: readonly EncoderLayerSpec[];
  /** Longest document in tokens: what the first layer consumes. */
  readonly length: number;
  /** Longest memory: what the last layer emits. */
  readonly memory: number;
}

export interface DecoderSpec {
  readonly positions: KindSpec;
  /** What each word sees of the words before it. */
  readonly attention: KindSpec;
  /** What each word sees of the memory. */
  readonly crossAttention: KindSpec;
  readonly layers: number;
  /** Longest target in tokens. */
  readonly target: number;
}

export interface ModelSpec {
  readonly name: string;
  readonly span: Span;
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  readonly ffn: FfnSpec;
  readonly norm: NormSpec;
  /** Probability; used by training only. */
  readonly dropout: number;
  readonly encoder: EncoderSpec;
  /** Absent for encoder-only models. */
  readonly decoder?: DecoderSpec;
  /** What is computed of the last layer's rows; absent for a model that ends with its memory. */
  readonly head?: KindSpec;
  /** True when encoder input, decoder input and output projection use one matrix. */
  readonly shareEmbeddings: boolean;
}

/**
 * Arithmetic of a `check` budget, to be computed exactly: numbers are the decimals that JavaScript writes them as.
 * Quantities get their values in report/budgets/budgets.ts.
 */
export type BudgetExpr =
  | { readonly type: 'number'; readonly value: number; readonly unit?: string; readonly span: Span }
  | {
      readonly type: 'quantity';
      /** The model it is measured on: the checked one, or the one named before the dot. */
      readonly model: string;
      readonly name: string;
      readonly args: Readonly<Record<string, number | string | boolean>>;
      /** Where the arguments stand that are written. */
      readonly argSpans: Readonly<Record<string, Span>>;
      readonly span: Span;
    }
  | {
      readonly type: 'binary';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: BudgetExpr;
      readonly right: BudgetExpr;
      readonly span: Span;
    }
  | { readonly type: 'negate'; readonly operand: BudgetExpr; readonly span: Span };

export interface Budget {
  readonly left: BudgetExpr;
  readonly op: '<' | '<=' | '>' | '>=' | '==';
  readonly right: BudgetExpr;
  /** Both sides, in that unit. */
  readonly measures: Measure | 'count';
  readonly span: Span;
}

export interface CheckSpec {
  readonly model: string;
  readonly budgets: readonly Budget[];
  readonly span: Span;
}

/** Everything in one file. */
export interface Program {
  readonly models: readonly ModelSpec[];
  readonly checks: readonly CheckSpec[];
}

/** Of a file that may have mistakes: the models that have none, and the budgets that are about those and have none. */
export interface Checkable extends Program {
  /** Budgets of the file, those that cannot be evaluated too. */
  readonly written: number;
}
