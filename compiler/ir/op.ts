/**
 * What an op is. One op is one file: its formula and source, its types, what it means in float64,
 * what it becomes in ONNX, and samples that the one generic test runs it on.
 *
 * A primitive says all of that itself. A composite writes only its body in other ops; meaning,
 * ONNX form and cost follow from the body.
 *
 * What passes and reports need to know of an op is a field of its record, never a list of names elsewhere: what it
 * does in float16 (`float16.ts`), which kernel it uses on each target (`kernels.ts`), whether its rows are
 * combinations of its first input's (`pooling`). A field that no op may leave out is not optional.
 */

import type { Arithmetic } from './arithmetic.ts';
import type { Builder, Value } from './build.ts';
import type { Dim } from './dim.ts';
import type { Float16 } from './float16.ts';
import type { GradientRule, NoGradient } from './gradient.ts';
import type { Attrs, DType, Literal, Node, TensorType } from './graph.ts';
import type { Kernels } from './kernels.ts';
import type { OnnxScope } from './onnx_scope.ts';
import type { OnWeights } from './weight_expr.ts';
import type { Bytes, Cost } from './work.ts';

/** A concrete tensor of the reference interpreter: float64 elements whatever the dtype says. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type AttrKind = 'int' | 'float' | 'string' | 'bool' | 'dim' | 'dims' | 'ints' | 'literal' | 'dtype';

export interface AttrSignature {
  readonly kind: AttrKind;
  readonly default?: Attrs[string];
  /** How to compute rather than what: left out of the artifact's node. */
  readonly hint?: boolean;
  /** A number that stands among the result's elements, so that their dtype must have it. */
  readonly element?: true;
}

/** Inputs by name; `?` after the name marks one that may be absent, `*` one that repeats. */
export type InSignature = readonly string[];

/** Input types as text (`f32[2, 3]`, `i64[4] < 3` for indices below 3), or a literal value. */
export interface Sample {
  readonly ins: readonly (string | Literal | null)[];
  readonly attrs?: Attrs;
  /** Lengths that are sums of others, where lengths become symbols. */
  readonly sums?: Readonly<Record<number, readonly number[]>>;
}

interface OpCommon {
  readonly name: string;
  /** Formula, rules of its types (`C1:` …) and the paper's section. */
  readonly doc: string;
  readonly ins: InSignature;
  readonly outs: readonly string[];
  readonly attrs: Readonly<Record<string, AttrSignature>>;
  readonly samples: readonly Sample[];
  /** What it does where a model computes in float16. */
  readonly float16: Float16;
  /**
   * False: each application gives values of its own, so that two equal applications are two (random numbers, a
   * barrier). The builder never shares such nodes, and passes neither remove nor move them. A composite whose body
   * holds such an op is no purer than it.
   */
  readonly pure?: false;
  /** Its gradient, or why it has none. A composite without one has its body's. */
  readonly grad?: GradientRule | NoGradient;
  /** Its form in PyTorch. A composite without one has its body's. */
  readonly torch?: TorchForm;
  /** Its results may name lengths that nothing before them has: a padded length, a number of rounds or of finds. */
  readonly namesLengths?: boolean;
  /** The length that it names where nothing is left out: for reports of what whole documents cost. */
  readonly wholeLength?: (ins: readonly (TensorType | null)[], attrs: Attrs) => Dim;
  /** Its result is its first input under another shape: nothing moves. */
  readonly view?: true;
  /** Inputs whose memory ONNX Runtime lets its result take, where nobody else reads them. */
  readonly overwrites?: readonly number[];
  /** Bytes that its kernel holds while it runs, beside inputs and outputs. */
  readonly scratch?: Bytes;
  /** Bytes that it reads, where that is not all of its inputs: a row of a table. */
  readonly reads?: Bytes;
  /**
   * By input, the inputs and results that its gradient reads beside the gradients of the results, for memory of training
   * (docs/costs.md). Of an input that is not named: all float inputs. A view needs none, a composite what its body does.
   */
  readonly saves?: Readonly<Record<string, readonly string[]>>;
  /** Bytes that it keeps for its gradients beside those. */
  readonly statistics?: Bytes;
  /** Swapping the two inputs changes nothing. */
  readonly commutative?: boolean;
  /** The second input that leaves the first as it is. */
  readonly neutral?: number;
  /** Its result holds numbers of its only input, elsewhere or again, and no others: it commutes with a factor. */
  readonly moves?: true;
  /**
   * Each row of its result (a row runs along the last axis) is made of the same row of each operand, or of
   * operands that are the same for all rows.
   */
  readonly rowwise?: true;
  /** It normalises the rows of a sum or of its input. */
  readonly norm?: true;
  /** It is not defined for all values of its inputs, and may fail: an index out of range, a division by zero. */
  readonly partial?: true;
  /** It costs no more than writing its result. */
  readonly cheap?: true;
  /** It divides its first input, the queries, by √d_h, unless the attribute `scaled` says that they hold that factor. */
  readonly scalesQueries?: true;
  /**
   * It takes rows, their scores, a mask and places (x, score, mask, at) and gives fewer rows, a mask, and what each
   * row is made of (y, y_mask, index, weight). `mixes`: y[r] = Σ_j weight[r, j] · x[index[r, j]]. `selects`: y[r] is
   * the row x[index[r]], whatever its weight says.
   */
  readonly pooling?: 'mixes' | 'selects';
}

export type Infer = (ins: readonly (TensorType | null)[], attrs: Attrs) => readonly TensorType[];

/** Values of the outputs; shapes must be what `infer` said for these inputs. What it computes, it computes by `m`. */
export type Reference = (
  ins: readonly (Tensor | null)[],
  attrs: Attrs,
  dim: (d: Dim) => number,
  m: Arithmetic,
) => readonly Tensor[];

/** Writes the ONNX nodes that compute `outs` from `ins`; an absent input is the empty string. */
export type OnnxForm = (
  scope: OnnxScope,
  ins: readonly string[],
  outs: readonly string[],
  node: Node,
) => void;

/** A function of PyTorch that takes the inputs in order, or what prints an expression of them. */
export type TorchForm = string | ((ins: readonly (string | null)[], attrs: Attrs) => string);

export interface Primitive extends OpCommon {
  readonly infer: Infer;
  /** What one application costs, in its lengths. */
  readonly cost: Cost;
  /** Absent only for control flow, which the interpreter walks itself. */
  readonly ref?: Reference;
  /** An operator's name where it maps one to one without attributes. */
  readonly onnx: string | OnnxForm;
  /** How it is computed of weights alone, while the artifact is written; absent: always at run time. */
  readonly onWeights?: OnWeights;
}

export interface Composite extends OpCommon {
  /** The meaning. Integer attributes may arrive as dims (`@k`): the body is written for all values. */
  readonly body: (b: Builder, ins: readonly (Value | null)[], attrs: Attrs) => readonly Value[];
  /** Needed only where the body's result types would not say it well (data-dependent dims). */
  readonly infer?: Infer;
  /** Needed only where its body does not tell it: a loop whose rounds differ, or work that nobody reads. */
  readonly cost?: Cost;
  /**
   * The node type in domain `ai.benben`, when the op stays one node of the artifact and its body
   * travels as a model-local function. Absent: the body is written in place.
   */
  readonly onnxFunction?: string;
  /** Other ways to compute the same, chosen by the attribute `kernel`, and which of them each target takes. */
  readonly kernels?: Kernels;
}

export type Op = Primitive | Composite;

export const isComposite = (op: Op): op is Composite => 'body' in op;

/** A broken rule of the IR: which rule, and the numbers that break it. Never a user's mistake. */
export class IrError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IrError';
  }
}

export function require(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new IrError(message());
}
