/**
 * The content of a `.ben` file after names, inheritance and defaults are resolved. It is plain data that can be written
 * as JSON, and it is the only input of the compiler.
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
  /** The inner width: the length of the vectors between its two matrices. */
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
  /** The maximum length of a document in tokens. It equals `consumes` of the first layer. */
  readonly length: number;
  /** The maximum length of the memory. It equals `emits` of the last layer. */
  readonly memory: number;
}

export interface DecoderSpec {
  readonly positions: KindSpec;
  /** Which of the preceding words each word attends to. */
  readonly attention: KindSpec;
  /** Which slots of the memory each word attends to. */
  readonly crossAttention: KindSpec;
  readonly layers: number;
  /** The maximum length of the output in tokens. */
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
  /** What the model computes from the rows of its last layer; absent for a model whose result is its memory. */
  readonly head?: KindSpec;
  /** Whether the encoder's input, the decoder's input and the output projection use one matrix. */
  readonly shareEmbeddings: boolean;
}

/**
 * One side of a budget. Evaluation is exact: a `value` of 0.1 means 1/10, the decimal number that JavaScript prints, and
 * not the nearest binary fraction. report/budgets/budgets.ts computes the quantities.
 */
export type BudgetExpr =
  | { readonly type: 'number'; readonly value: number; readonly unit?: string; readonly span: Span }
  | {
      readonly type: 'quantity';
      /** The measured model: the one before the dot, or the checked model if there is no dot. */
      readonly model: string;
      readonly name: string;
      readonly args: Readonly<Record<string, number | string | boolean>>;
      /** The positions of the arguments that the source gives by name. */
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

/**
 * The part of a file that can be evaluated: the models without mistakes, and the budgets without mistakes that measure
 * only these models.
 */
export interface Checkable extends Program {
  /** The number of budgets in the file, including budgets that cannot be evaluated. */
  readonly written: number;
}
