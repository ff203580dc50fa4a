/** Pointwise functions of one tensor: y_i = f(x_i), shape and (unless said) dtype unchanged. */
import type { DType } from '../ir/graph.ts';
import type { OnnxForm, Primitive } from '../ir/op.ts';
import { expectDType, present } from './shapes.ts';

/** erf to 1e-15 by its Maclaurin series (|x| < 3) and continued fraction beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let [sum, term] = [a, a];
    for (let n = 1; n < 120; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum);
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

interface Row {
  readonly doc: string;
  readonly f: (x: number) => number;
  readonly onnx: string | OnnxForm;
  readonly takes?: readonly DType[];
  readonly gives?: DType;
  readonly sample?: string;
}

const FLOATS: readonly DType[] = ['f32', 'f16'];

const geluForm: OnnxForm = (scope, ins, outs) => scope.node('Gelu', ins, outs, { approximate: 'none' });

const ROWS: Readonly<Record<string, Row>> = {
  exp: { doc: 'e^x.', f: Math.exp, onnx: 'Exp' },
  log: { doc: 'Natural logarithm.', f: Math.log, onnx: 'Log', sample: 'f32[2, 3] in 0.1..4' },
  sqrt: { doc: 'Square root.', f: Math.sqrt, onnx: 'Sqrt', sample: 'f32[2, 3] in 0..4' },
  neg: { doc: '-x.', f: (x) => -x, onnx: 'Neg', takes: ['f32', 'f16', 'i64'] },
  relu: { doc: 'max(x, 0).', f: (x) => Math.max(x, 0), onnx: 'Relu' },
  sigmoid: { doc: '1 / (1 + e^-x).', f: (x) => 1 / (1 + Math.exp(-x)), onnx: 'Sigmoid' },
  tanh: { doc: 'Hyperbolic tangent.', f: Math.tanh, onnx: 'Tanh' },
  gelu: {
    doc: 'x/2 · (1 + erf(x/√2)), the exact form.',
    f: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
    onnx: geluForm,
  },
  is_nan: {
    doc: 'True where x is not a number.',
    f: (x) => Number(Number.isNaN(x)),
    onnx: 'IsNaN',
    gives: 'bool',
  },
  not: { doc: 'Logical negation.', f: (x) => 1 - x, onnx: 'Not', takes: ['bool'], sample: 'bool[2, 3]' },
};

const define = (name: string, row: Row): Primitive => ({
  name,
  doc: row.doc,
  ins: ['x'],
  outs: ['y'],
  attrs: {},
  samples: [{ ins: [row.sample ?? 'f32[2, 3]'] }],
  infer: ([x]) => {
    const t = present(x, 'x');
    expectDType(t, 'x', ...(row.takes ?? FLOATS));
    return [row.gives ? { dtype: row.gives, shape: t.shape } : t];
  },
  ref: ([x]) => [{ dtype: row.gives ?? x!.dtype, shape: x!.shape, data: x!.data.map(row.f) }],
  onnx: row.onnx,
});

export const UNARY = Object.fromEntries(Object.entries(ROWS).map(([name, row]) => [name, define(name, row)]));

type Name = 'exp' | 'log' | 'sqrt' | 'neg' | 'relu' | 'sigmoid' | 'tanh' | 'gelu' | 'is_nan' | 'not';
export const {
  exp,
  log,
  sqrt,
  neg,
  relu,
  sigmoid,
  tanh,
  gelu,
  is_nan: isNan,
  not,
} = UNARY as Record<Name, Primitive>;
