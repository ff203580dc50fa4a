/**
 * The meaning of a `.ben` file after names, inheritance and defaults are resolved, as complete data that JSON can hold.
 * It is all that the compiler reads.
 */
import type { Span } from './diagnostics.ts';
import type { Measure } from './measures.ts';

/** A kind such as `block(512)`, with its arguments by parameter name and defaults filled in. */
export interface KindSpec {
  readonly kind: string;
  readonly args: Readonly<Record<string, number | string | boolean>>;
  readonly span: Span;
}

/** A pooling after an encoder layer, with the scorer that ranks its input. */
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
  /** The greatest number of representations that this layer attends over, from `schedule`. */
  readonly consumes: number;
  /** The greatest number of representations after this layer's pooling; `consumes` if it has none. */
  readonly emits: number;
  readonly attention: KindSpec;
  /** Present exactly when `emits < consumes`. */
  readonly pool?: PoolSpec;
  /** The layer's entry in `schedule`. */
  readonly span: Span;
}

export interface EncoderSpec {
  readonly positions: KindSpec;
  readonly layers: readonly EncoderLayerSpec[];
  /** The longest document in tokens, which is what the first layer consumes. */
  readonly length: number;
  /** The longest memory, which is what the last layer emits. */
  readonly memory: number;
}

export interface DecoderSpec {
  readonly positions: KindSpec;
  /** What each word sees of the words before it. */
  readonly attention: KindSpec;
  /** What each word sees of the memory. */
  readonly crossAttention: KindSpec;
  readonly layers: number;
  /** The longest output in tokens. */
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
  /** A probability, used in training only. */
  readonly dropout: number;
  readonly encoder: EncoderSpec;
  /** Absent for encoder-only models. */
  readonly decoder?: DecoderSpec;
  /** What is computed of the last layer's rows; absent for a model that ends with its memory. */
  readonly head?: KindSpec;
  /** Whether the encoder's input, the decoder's input and the output projection use one matrix. */
  readonly shareEmbeddings: boolean;
}

/**
 * One side of a budget. It is evaluated exactly, so `value` stands for the decimal that JavaScript prints for it.
 * report/budgets/budgets.ts computes the quantities.
 */
export type BudgetExpr =
  | { readonly type: 'number'; readonly value: number; readonly unit?: string; readonly span: Span }
  | {
      readonly type: 'quantity';
      /** The measured model: the one before the dot, else the checked one. */
      readonly model: string;
      readonly name: string;
      readonly args: Readonly<Record<string, number | string | boolean>>;
      /** The places of the arguments that the source gives by name. */
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
  /** What both sides measure. */
  readonly measures: Measure | 'count';
  readonly span: Span;
}

export interface CheckSpec {
  readonly model: string;
  readonly budgets: readonly Budget[];
  readonly span: Span;
}

/** The content of a file without mistakes. */
export interface Program {
  readonly models: readonly ModelSpec[];
  readonly checks: readonly CheckSpec[];
}

/** The part of a file that can be evaluated: models without mistakes, and the sound budgets that measure only those. */
export interface Checkable extends Program {
  /** The number of budgets in the file, including those that cannot be evaluated. */
  readonly written: number;
}
