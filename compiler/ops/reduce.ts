/** Ops that reduce or scan one axis: sums and extremes, argmax, top_k, cumulative sum. */

import type { Arithmetic } from '../ir/arithmetic.ts';
import type { Dim } from '../ir/dim.ts';
import { type Float16, SCORES, SUMS } from '../ir/float16.ts';
import { type OnnxForm, type Primitive, require, type Tensor } from '../ir/op.ts';
import { alongAxis, at, replaced, tabulate } from '../ir/tensors.ts';
import { each, elements, free, type PerElement, perElement, together } from '../ir/work.ts';
import { axisOf, dim, expectDType, flag, present } from './shapes.ts';

const line = (x: Tensor, index: readonly number[], axis: number): readonly number[] =>
  Array.from({ length: x.shape[axis]! }, (_, i) => at(x, replaced(index, axis, i)));

/** The facts of one reduction. */
interface Reduction {
  readonly doc: string;
  readonly float16: Float16;
  readonly f: (line: readonly number[], m: Arithmetic) => number;
  /** The cost of one element of a line; free by default. */
  readonly work?: PerElement;
  /** The cost of a line, in addition to the cost of its elements; free by default. */
  readonly lineWork?: PerElement;
  readonly onnx: string;
  /** Its derivative does not depend on its input, so training keeps nothing for it. */
  readonly even?: true;
  readonly partial?: true;
}

const total = (l: readonly number[], m: Arithmetic): number => l.reduce((a, b) => m.plus(a, b), 0);

const REDUCTIONS: Readonly<Record<string, Reduction>> = {
  reduce_sum: {
    doc: 'Sum',
    float16: SUMS,
    f: (l, m) => total(l, m),
    work: { adds: 1 },
    onnx: 'ReduceSum',
    even: true,
  },
  reduce_mean: {
    doc: 'Mean',
    float16: SUMS,
    f: (l, m) => m.over(total(l, m), l.length),
    work: { adds: 1 },
    lineWork: { multiplies: 1 },
    onnx: 'ReduceMean',
    even: true,
  },
  reduce_max: {
    doc: 'Maximum',
    float16: SUMS,
    partial: true,
    f: (l) => l.reduce((a, b) => Math.max(a, b), -Infinity),
    onnx: 'ReduceMax',
  },
};

const define = (name: string, row: Reduction): Primitive => ({
  name,
  doc: `${row.doc} of x along \`axis\`, which stays as an axis of length 1.`,
  float16: row.float16,
  ins: ['x'],
  outs: ['y'],
  saves: { x: row.even ? [] : ['x', 'y'] },
  ...(row.partial && { partial: true }),
  attrs: { axis: { kind: 'int' } },
  samples: [
    { ins: ['f32[2, 4]'], attrs: { axis: 1 } },
    { ins: ['f32[2, 4, 3]'], attrs: { axis: -2 } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const axis = axisOf(attrs, t.shape.length);
    return [{ dtype: t.dtype, shape: t.shape.map((d, i): Dim => (i === axis ? 1 : d)) }];
  },
  ref: ([x], attrs, _, m) => {
    const axis = axisOf(attrs, x!.shape.length);
    return [tabulate(x!.dtype, replaced(x!.shape, axis, 1), (i) => row.f(line(x!, i, axis), m))];
  },
  cost: ([x], [y]) => together([each(elements(x!), row.work ?? {}), each(elements(y!), row.lineWork ?? {})]),
  onnx: (scope, [x], outs, node) =>
    scope.node(row.onnx, [x!, scope.i64(node.attrs.axis as number)], outs, { keepdims: 1 }),
});

export const REDUCE = Object.fromEntries(
  Object.entries(REDUCTIONS).map(([name, row]) => [name, define(name, row)]),
);
export const {
  reduce_sum: reduceSum,
  reduce_mean: reduceMean,
  reduce_max: reduceMax,
} = REDUCE as Record<'reduce_sum' | 'reduce_mean' | 'reduce_max', Primitive>;

export const argmax: Primitive = {
  name: 'argmax',
  doc: 'Gives the position of the largest element along the last axis, the first among equals.',
  float16: SCORES,
  partial: true,
  ins: ['x'],
  outs: ['index'],
  attrs: {},
  samples: [{ ins: ['f32[2, 5]'] }],
  infer: ([x]) => [{ dtype: 'i64', shape: present(x, 'x').shape.slice(0, -1) }],
  ref: ([x]) => {
    const axis = x!.shape.length - 1;
    const first = (l: readonly number[]): number => l.reduce((best, v, i) => (v > l[best]! ? i : best), 0);
    return [tabulate('i64', x!.shape.slice(0, -1), (i) => first(line(x!, [...i, 0], axis)))];
  },
  cost: free,
  onnx: (scope, ins, outs) => scope.node('ArgMax', ins, outs, { axis: -1, keepdims: 0 }),
};

export const topK: Primitive = {
  name: 'top_k',
  doc: 'Gives the k largest (or smallest) elements along the last axis in order, and their positions. Equal elements keep their order.',
  float16: SCORES,
  partial: true,
  ins: ['x'],
  outs: ['values', 'index'],
  saves: { x: ['index'] },
  attrs: { k: { kind: 'dim' }, largest: { kind: 'bool', default: true } },
  samples: [
    { ins: ['f32[2, 5]'], attrs: { k: 3 } },
    { ins: ['i64[2, 5] < 3'], attrs: { k: 5, largest: false } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const [k, n] = [dim(attrs, 'k'), t.shape.at(-1)!];
    require(!(typeof k === 'number' && typeof n === 'number') || k <= n, () => `k ${k} is more than ${n}`);
    const shape = [...t.shape.slice(0, -1), k];
    return [
      { dtype: t.dtype, shape },
      { dtype: 'i64', shape },
    ];
  },
  ref: ([x], attrs, value) => {
    const axis = x!.shape.length - 1;
    const shape = replaced(x!.shape, axis, value(dim(attrs, 'k')));
    const sign = flag(attrs, 'largest') ? -1 : 1;
    const rank = (l: readonly number[]): readonly number[] =>
      l.map((_, i) => i).sort((a, b) => sign * (l[a]! - l[b]!) || a - b);
    const index = tabulate('i64', shape, (i) => rank(line(x!, i, axis))[i[axis]!]!);
    return [tabulate(x!.dtype, shape, (i) => at(x!, replaced(i, axis, at(index, i)))), index];
  },
  cost: free,
  onnx: (scope, [x], outs, node) => {
    const k = scope.dim(dim(node.attrs, 'k'));
    scope.node('TopK', [x!, k], outs, { axis: -1, largest: Number(node.attrs.largest), sorted: 1 });
  },
};

const cumulative: OnnxForm = (scope, [x], outs, node) => {
  const axis = axisOf(node.attrs, scope.typeOf(node.ins[0]!).shape.length);
  scope.node('CumSum', [x!, scope.literal({ dtype: 'i64', shape: [], data: [axis] })], outs);
};

export const cumsum: Primitive = {
  name: 'cumsum',
  doc: 'y_i = x_1 + … + x_i along `axis`.',
  float16: SUMS,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { axis: { kind: 'int' } },
  samples: [{ ins: ['f32[2, 5]'], attrs: { axis: 1 } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    axisOf(attrs, t.shape.length);
    expectDType(t, 'x', 'f32', 'i64');
    return [t];
  },
  ref: ([x], attrs, _, m) => {
    const running = (l: readonly number[]): readonly number[] => {
      let sum = 0;
      return l.map((v) => (sum = m.plus(sum, v)));
    };
    return [alongAxis(x!, axisOf(attrs, x!.shape.length), running)];
  },
  cost: perElement({ adds: 1 }),
  onnx: cumulative,
};
