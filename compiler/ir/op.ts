/**
 * The record of an op. Each op has one file, which contains its formula and source, its types, its value in float64,
 * its ONNX form, and the samples on which the generic test of ops runs it.
 *
 * A primitive states all of these itself. A composite states its body, which consists of other ops. Its value, its
 * ONNX form and its cost follow from the body.
 *
 * A fact that passes and reports need is a field of the op's record. No other file lists the names of ops for this
 * purpose. Examples are the behaviour in float16 (`float16.ts`) and the kernel for each target (`kernels.ts`).
 * A field that every op must state is not optional, so an op without it does not compile.
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

/** A concrete tensor of the reference interpreter. Its elements are float64 for every dtype. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type AttrKind = 'int' | 'float' | 'string' | 'bool' | 'dim' | 'dims' | 'ints' | 'literal' | 'dtype';

export interface AttrSignature {
  readonly kind: AttrKind;
  readonly default?: Attrs[string];
  /** The attribute chooses how the op computes its result, but does not change the result. The artifact omits it. */
  readonly hint?: boolean;
  /** The attribute is a number that occurs among the result's elements, so their dtype must be able to represent it. */
  readonly element?: true;
}

/** The names of the inputs. An input with `?` may be absent, and an input with `*` may be repeated. */
export type InSignature = readonly string[];

/** Inputs to test an op with: types as text (`f32[2, 3]`, `i64[4] < 3` for indices below 3), or literal values. */
export interface Sample {
  readonly ins: readonly (string | Literal | null)[];
  readonly attrs?: Attrs;
  /** Lengths that are sums of other lengths. They remain such sums when the test replaces lengths by symbols. */
  readonly sums?: Readonly<Record<number, readonly number[]>>;
}

interface OpCommon {
  readonly name: string;
  /** The formula, the rules of its types (`C1:` …) and the section of the paper. */
  readonly doc: string;
  readonly ins: InSignature;
  readonly outs: readonly string[];
  readonly attrs: Readonly<Record<string, AttrSignature>>;
  readonly samples: readonly Sample[];
  /** How the op behaves in a model that computes in float16. */
  readonly float16: Float16;
  /**
   * False if two equal applications give different values (random numbers) or must stay separate (a barrier). The
   * builder never shares such nodes, and passes neither remove nor move them. A composite whose body contains such an
   * op is impure too.
   */
  readonly pure?: false;
  /** The gradient, or the reason why there is none. A composite without this field uses the gradient of its body. */
  readonly grad?: GradientRule | NoGradient;
  /** The form in PyTorch. A composite without this field uses the form of its body. */
  readonly torch?: TorchForm;
  /**
   * The results may have lengths that are known only at run time: a padded length, a number of iterations or of
   * matches.
   */
  readonly namesLengths?: boolean;
  /** The length that the op names if it omits no element. Reports use it for the cost of whole documents. */
  readonly wholeLength?: (ins: readonly (TensorType | null)[], attrs: Attrs) => Dim;
  /** The result is the first input with another shape, so no data moves. */
  readonly view?: true;
  /** The inputs whose memory ONNX Runtime reuses for the result if no other node reads them. */
  readonly overwrites?: readonly number[];
  /** The bytes that the kernel allocates while it runs, in addition to inputs and outputs. */
  readonly scratch?: Bytes;
  /** The bytes that the op reads, if it reads only a part of its inputs (such as rows of a table). */
  readonly reads?: Bytes;
  /**
   * For each input, the inputs and results that its gradient reads in addition to the gradients of the results.
   * Training keeps these in memory (docs/costs.md). The gradient of an input that is not listed reads all float inputs.
   * A view needs no saved values, and a composite needs the values that its body needs.
   */
  readonly saves?: Readonly<Record<string, readonly string[]>>;
  /** The bytes that the op keeps for its gradient in addition to `saves`. */
  readonly statistics?: Bytes;
  /** The two inputs can be swapped. */
  readonly commutative?: boolean;
  /** The value of the second input that leaves the first unchanged. */
  readonly neutral?: number;
  /**
   * The result contains only elements of the only input, possibly moved or repeated. So
   * multiplying by a factor before or after the op gives the same result.
   */
  readonly moves?: true;
  /**
   * Each row of the result (a row runs along the last axis) depends only on the same row of each operand, and on
   * operands that are the same for all rows.
   */
  readonly rowwise?: true;
  /** The op normalises the rows of its input, or of a sum of two inputs. */
  readonly norm?: true;
  /**
   * The operands of the matrix product that are quantised. `operands`: both of them, so integers are multiplied.
   * `weights`: only the weights, with the number of bits in the attribute `bits`. If this field is absent, the
   * arithmetic has the dtype of the result.
   */
  readonly quantised?: 'operands' | 'weights';
  /** The op may fail for some values of its inputs, such as an index out of range or a division by zero. */
  readonly partial?: true;
  /** The op takes no longer than writing its result. */
  readonly cheap?: true;
  /** The op divides its first input, the queries, by √d_h, unless its attribute `scaled` is true. */
  readonly scalesQueries?: true;
  /**
   * The op is a pooling. It takes rows, their scores, a mask and positions (x, score, mask, at). It gives fewer rows, a
   * mask, and the composition of each row (y, y_mask, index, weight). With `mixes`, y[r] = Σ_j weight[r, j] ·
   * x[index[r, j]]. With `selects`, y[r] is the row x[index[r]], regardless of its weight.
   */
  readonly pooling?: 'mixes' | 'selects';
}

export type Infer = (ins: readonly (TensorType | null)[], attrs: Attrs) => readonly TensorType[];

/**
 * Computes the outputs, with the shapes that `infer` gives for these inputs. All arithmetic goes through `m`, which
 * counts it.
 */
export type Reference = (
  ins: readonly (Tensor | null)[],
  attrs: Attrs,
  dim: (d: Dim) => number,
  m: Arithmetic,
) => readonly Tensor[];

/** Writes the ONNX nodes that compute `outs` from `ins`. An absent input is the empty string. */
export type OnnxForm = (
  scope: OnnxScope,
  ins: readonly string[],
  outs: readonly string[],
  node: Node,
) => void;

/** The name of a PyTorch function that takes the inputs in order, or a function that prints an expression of them. */
export type TorchForm = string | ((ins: readonly (string | null)[], attrs: Attrs) => string);

export interface Primitive extends OpCommon {
  readonly infer: Infer;
  /** The cost of one application, as polynomials in its lengths. */
  readonly cost: Cost;
  /** The reference value. It is absent only for control flow, which the interpreter runs itself. */
  readonly ref?: Reference;
  /** The ONNX form: a function, or only the name of an operator if this operator without attributes is enough. */
  readonly onnx: string | OnnxForm;
  /** Computes the op from weights alone while the artifact is written. Without it, the op is computed at run time. */
  readonly onWeights?: OnWeights;
}

export interface Composite extends OpCommon {
  /** Defines the op in other ops. Integer attributes may be dims (`@k`), because one body serves all their values. */
  readonly body: (b: Builder, ins: readonly (Value | null)[], attrs: Attrs) => readonly Value[];
  /** The type rule, where the types that the body infers are not precise enough (data-dependent lengths). */
  readonly infer?: Infer;
  /** The cost, if it differs from the cost of the body: iterations of a loop differ, or results are not read. */
  readonly cost?: Cost;
  /**
   * The node type in domain `ai.benben`, where the op stays one node of the artifact and its body becomes a
   * model-local function. Without this field, the body is written in place.
   */
  readonly onnxFunction?: string;
  /** Other ways to compute the same result, and the one that each target uses. The attribute `kernel` selects one. */
  readonly kernels?: Kernels;
}

export type Op = Primitive | Composite;

export const isComposite = (op: Op): op is Composite => 'body' in op;

/**
 * Reports a broken rule of the IR, with the values that break it. It is a bug of the compiler, not a mistake of its
 * user.
 */
export class IrError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IrError';
  }
}

export function require(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new IrError(message());
}
