/**
 * Pointwise functions of one tensor: y_i = f(x_i). They keep the shape. They also keep the dtype unless `gives` names
 * another dtype.
 */

import type { Arithmetic } from '../ir/arithmetic.ts';
import { type Float16, NO_FLOATS, SCORES, STEEP } from '../ir/float16.ts';
import type { DType } from '../ir/graph.ts';
import type { OnnxForm, Primitive } from '../ir/op.ts';
import { type PerElement, perElement } from '../ir/work.ts';
import { expectDType, present } from './shapes.ts';

/** The facts of one function. */
interface UnaryFunction {
  readonly doc: string;
  readonly float16: Float16;
  readonly f: (x: number, m: Arithmetic) => number;
  /** The cost of one element; free by default. */
  readonly work?: PerElement;
  readonly onnx: string | OnnxForm;
  readonly takes?: readonly DType[];
  readonly gives?: DType;
  readonly sample?: string;
  /** The values that the derivative reads; by default x. */
  readonly saves?: 'y' | 'nothing';
}

const FLOATS: readonly DType[] = ['f32', 'f16'];

const geluForm: OnnxForm = (scope, ins, outs) => scope.node('Gelu', ins, outs, { approximate: 'none' });

const FUNCTIONS: Readonly<Record<string, UnaryFunction>> = {
  exp: { doc: 'y = e^x.', float16: STEEP, f: (x, m) => m.exp(x), work: { exps: 1 }, onnx: 'Exp', saves: 'y' },
  log: {
    doc: 'y = ln x.',
    float16: STEEP,
    f: (x, m) => m.log(x),
    work: { exps: 1 },
    onnx: 'Log',
    sample: 'f32[2, 3] in 0.1..4',
  },
  sqrt: {
    doc: 'y = √x.',
    float16: STEEP,
    f: (x, m) => m.sqrt(x),
    work: { exps: 1 },
    onnx: 'Sqrt',
    saves: 'y',
    sample: 'f32[2, 3] in 0..4',
  },
  neg: {
    doc: 'y = −x.',
    float16: 'follows',
    f: (x) => -x,
    onnx: 'Neg',
    takes: ['f32', 'f16', 'i64'],
    saves: 'nothing',
  },
  relu: { doc: 'y = max(x, 0).', float16: 'follows', f: (x) => Math.max(x, 0), onnx: 'Relu', saves: 'y' },
  sigmoid: {
    doc: 'y = 1 / (1 + e^−x).',
    float16: SCORES,
    f: (x, m) => m.over(1, m.plus(1, m.exp(-x))),
    work: { exps: 1, adds: 1, multiplies: 1 },
    onnx: 'Sigmoid',
    saves: 'y',
  },
  tanh: {
    doc: 'y = tanh x.',
    float16: 'follows',
    f: (x, m) => m.tanh(x),
    work: { exps: 1 },
    onnx: 'Tanh',
    saves: 'y',
  },
  gelu: {
    doc: 'y = x/2 · (1 + erf(x/√2)), the exact form.',
    float16: 'follows',
    f: (x, m) => m.times(m.over(x, 2), m.plus(1, m.erf(m.over(x, Math.SQRT2)))),
    work: { exps: 1, adds: 1, multiplies: 3 },
    onnx: geluForm,
  },
  erf: {
    doc: 'y = 2/√π · ∫₀ˣ e^(−t²) dt, the error function.',
    float16: 'follows',
    f: (x, m) => m.erf(x),
    work: { exps: 1 },
    onnx: 'Erf',
  },
  is_nan: {
    doc: 'Whether x is NaN.',
    float16: SCORES,
    f: (x) => Number(Number.isNaN(x)),
    onnx: 'IsNaN',
    gives: 'bool',
  },
  not: {
    doc: 'Whether x is false.',
    float16: NO_FLOATS,
    f: (x) => 1 - x,
    onnx: 'Not',
    takes: ['bool'],
    sample: 'bool[2, 3]',
  },
};

const define = (name: string, row: UnaryFunction): Primitive => ({
  name,
  doc: row.doc,
  float16: row.float16,
  rowwise: true,
  ins: ['x'],
  outs: ['y'],
  attrs: {},
  samples: [{ ins: [row.sample ?? 'f32[2, 3]'] }],
  infer: ([x]) => {
    const t = present(x, 'x');
    expectDType(t, 'x', ...(row.takes ?? FLOATS));
    return [row.gives ? { dtype: row.gives, shape: t.shape } : t];
  },
  ref: ([x], _attrs, _dim, m) => [
    { dtype: row.gives ?? x!.dtype, shape: x!.shape, data: x!.data.map((v) => row.f(v, m)) },
  ],
  cost: perElement(row.work ?? {}),
  ...(row.gives === undefined && { overwrites: [0] }),
  ...(row.saves && { saves: { x: row.saves === 'y' ? ['y'] : [] } }),
  onnx: row.onnx,
});

export const UNARY = Object.fromEntries(
  Object.entries(FUNCTIONS).map(([name, row]) => [name, define(name, row)]),
);

type Name = 'exp' | 'log' | 'sqrt' | 'neg' | 'relu' | 'sigmoid' | 'tanh' | 'gelu' | 'erf' | 'is_nan' | 'not';
export const {
  exp,
  log,
  sqrt,
  neg,
  relu,
  sigmoid,
  tanh,
  gelu,
  erf,
  is_nan: isNan,
  not,
} = UNARY as Record<Name, Primitive>;
