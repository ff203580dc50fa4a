/** Pointwise functions of two tensors that broadcast: z_i = f(x_i, y_i). C1: x and y have the same dtype. */

import { type Arithmetic, PLAIN } from '../ir/arithmetic.ts';
import { type Float16, NO_FLOATS, SCORES, STEEP } from '../ir/float16.ts';
import type { DType } from '../ir/graph.ts';
import type { Primitive, Sample } from '../ir/op.ts';
import { require } from '../ir/op.ts';
import { at, tabulate } from '../ir/tensors.ts';
import { type PerElement, perElement } from '../ir/work.ts';
import { broadcast, expectDType, present } from './shapes.ts';
import { pointwise } from './weight_math.ts';

/** The facts of one function. */
interface BinaryFunction {
  readonly doc: string;
  readonly float16: Float16;
  readonly f: (x: number, y: number, m: Arithmetic) => number;
  /** The cost of one element; free by default. */
  readonly work?: PerElement;
  readonly onnx: string;
  readonly commutative?: boolean;
  /** The value of y for which z = x. */
  readonly neutral?: number;
  readonly partial?: true;
  readonly gives?: DType;
  readonly takes?: readonly DType[];
  readonly samples?: readonly Sample[];
  /** If both inputs are weights, the result is computed while the artifact is written. */
  readonly onWeights?: boolean;
  /** The values that the derivatives by x and by y read; by default x and y. */
  readonly saves?: Primitive['saves'];
}

const NUMBERS: readonly DType[] = ['f32', 'f16', 'i64'];
const LOGIC: readonly Sample[] = [{ ins: ['bool[2, 3]', 'bool[3]'] }];

const FUNCTIONS: Readonly<Record<string, BinaryFunction>> = {
  add: {
    doc: 'z = x + y.',
    float16: 'follows',
    neutral: 0,
    f: (x, y, m) => m.plus(x, y),
    work: { adds: 1 },
    onnx: 'Add',
    commutative: true,
    onWeights: true,
    saves: { x: [], y: [] },
  },
  sub: {
    doc: 'z = x − y.',
    float16: 'follows',
    neutral: 0,
    f: (x, y, m) => m.minus(x, y),
    work: { adds: 1 },
    onnx: 'Sub',
    saves: { x: [], y: [] },
  },
  mul: {
    doc: 'z = x · y.',
    float16: 'follows',
    neutral: 1,
    f: (x, y, m) => m.times(x, y),
    work: { multiplies: 1 },
    onnx: 'Mul',
    commutative: true,
    onWeights: true,
    saves: { x: ['y'], y: ['x'] },
  },
  div: {
    doc: 'z = x / y of floats.',
    float16: STEEP,
    neutral: 1,
    f: (x, y, m) => m.over(x, y),
    work: { multiplies: 1 },
    onnx: 'Div',
    takes: ['f32', 'f16'],
    saves: { x: ['y'], y: ['y', 'z'] },
    samples: [{ ins: ['f32[2, 3]', 'f32[3] in 0.5..2'] }],
  },
  mod: {
    doc: 'The remainder of integers x / y, which is never negative for positive y.',
    float16: NO_FLOATS,
    partial: true,
    // ONNX's Mod keeps the sign of the dividend only with `fmod`.
    f: (x, y, m) => m.mod(x, y),
    work: { multiplies: 1 },
    onnx: 'Mod',
    takes: ['i64'],
    samples: [{ ins: ['i64[2, 3] < 20', { dtype: 'i64', shape: [], data: [7] }] }],
  },
  int_div: {
    doc: 'x / y of non-negative integers, rounded down.',
    float16: NO_FLOATS,
    neutral: 1,
    partial: true,
    f: (x, y, m) => Math.floor(m.over(x, y)),
    work: { multiplies: 1 },
    onnx: 'Div',
    takes: ['i64'],
    samples: [{ ins: ['i64[2, 3] < 20', { dtype: 'i64', shape: [], data: [7] }] }],
  },
  pow: {
    doc: 'z = x^y for x > 0.',
    float16: STEEP,
    neutral: 1,
    f: (x, y, m) => m.power(x, y),
    work: { exps: 1 },
    onnx: 'Pow',
    saves: { x: ['x', 'y'], y: ['x', 'z'] },
    takes: ['f32', 'f16'],
    samples: [{ ins: ['f32[2, 3] in 0.5..3', 'f32[3]'] }],
  },
  minimum: {
    doc: 'The smaller of x and y.',
    float16: 'follows',
    neutral: Number.POSITIVE_INFINITY,
    f: (x, y) => Math.min(x, y),
    onnx: 'Min',
    commutative: true,
  },
  maximum: {
    doc: 'The larger of x and y.',
    float16: 'follows',
    neutral: Number.NEGATIVE_INFINITY,
    f: (x, y) => Math.max(x, y),
    onnx: 'Max',
    commutative: true,
  },
  equal: {
    doc: 'Whether x = y.',
    float16: SCORES,
    f: (x, y) => Number(x === y),
    onnx: 'Equal',
    commutative: true,
    gives: 'bool',
    samples: [{ ins: ['i64[2, 3] < 2', 'i64[3] < 2'] }],
  },
  less: {
    doc: 'Whether x < y; false for NaN.',
    float16: SCORES,
    f: (x, y) => Number(x < y),
    onnx: 'Less',
    gives: 'bool',
  },
  greater: {
    doc: 'Whether x > y; false for NaN.',
    float16: SCORES,
    f: (x, y) => Number(x > y),
    onnx: 'Greater',
    gives: 'bool',
  },
  and: {
    doc: 'Whether both x and y are true.',
    float16: NO_FLOATS,
    neutral: 1,
    f: (x, y) => x * y,
    onnx: 'And',
    commutative: true,
    takes: ['bool'],
    samples: LOGIC,
  },
  or: {
    doc: 'Whether x or y is true.',
    float16: NO_FLOATS,
    neutral: 0,
    f: (x, y) => Math.max(x, y),
    onnx: 'Or',
    commutative: true,
    takes: ['bool'],
    samples: LOGIC,
  },
};

const define = (name: string, row: BinaryFunction): Primitive => ({
  name,
  doc: row.doc,
  float16: row.float16,
  rowwise: true,
  cheap: true,
  ins: ['x', 'y'],
  outs: ['z'],
  attrs: {},
  samples: row.samples ?? [{ ins: ['f32[2, 3]', 'f32[3]'] }, { ins: ['f32[2, 1]', 'f32[1, 3]'] }],
  ...(row.commutative && { commutative: true }),
  ...(row.neutral !== undefined && { neutral: row.neutral }),
  ...(row.partial && { partial: true }),
  infer: ([x, y]) => {
    const [a, b] = [present(x, 'x'), present(y, 'y')];
    expectDType(a, 'x', ...(row.takes ?? NUMBERS));
    require(a.dtype === b.dtype, () => `C1: x is ${a.dtype} but y is ${b.dtype}`);
    return [{ dtype: row.gives ?? a.dtype, shape: broadcast(a.shape, b.shape) }];
  },
  ref: ([x, y], _attrs, _dim, m) => {
    const shape = broadcast(x!.shape, y!.shape) as readonly number[];
    return [tabulate(row.gives ?? x!.dtype, shape, (i) => row.f(at(x!, i), at(y!, i), m))];
  },
  cost: perElement(row.work ?? {}),
  onnx: row.onnx,
  ...(row.saves && { saves: row.saves }),
  ...(row.onWeights && { onWeights: pointwise((x, y) => row.f(x, y, PLAIN)) }),
});

export const BINARY = Object.fromEntries(
  Object.entries(FUNCTIONS).map(([name, row]) => [name, define(name, row)]),
);

type Name =
  | ('add' | 'sub' | 'mul' | 'div' | 'mod' | 'int_div' | 'pow' | 'minimum' | 'maximum')
  | ('equal' | 'less' | 'greater' | 'and' | 'or');
const named = BINARY as Record<Name, Primitive>;
export const { add, sub, mul, div, mod, int_div: intDiv, pow, minimum, maximum } = named;
export const { equal, less, greater, and, or } = named;
