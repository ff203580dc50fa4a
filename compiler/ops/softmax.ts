/** softmax and its logarithm along one axis. */

import type { Arithmetic } from '../ir/arithmetic.ts';
import { PROBABILITIES } from '../ir/float16.ts';
import type { Primitive } from '../ir/op.ts';
import type { Polynomial } from '../ir/polynomial.ts';
import { alongAxis } from '../ir/tensors.ts';
import { type Cost, each, elements, lines, together, type Work } from '../ir/work.ts';
import { axisOf, expectDType, present } from './shapes.ts';

type Line = readonly number[];

/** The facts of one of the two functions. */
interface Normalisation {
  readonly doc: string;
  readonly onnx: string;
  /** The result for a line that is shifted so that its largest element is 0. So nothing overflows. */
  readonly f: (line: Line, m: Arithmetic) => Line;
  readonly cost: Cost;
}

const define = (name: string, row: Normalisation): Primitive => ({
  name,
  doc: row.doc,
  float16: PROBABILITIES,
  ins: ['x'],
  outs: ['y'],
  saves: { x: ['y'] },
  attrs: { axis: { kind: 'int', default: -1 } },
  samples: [{ ins: ['f32[2, 4]'] }, { ins: ['f32[2, 4, 3]'], attrs: { axis: 1 } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    expectDType(t, 'x', 'f32', 'f16');
    axisOf(attrs, t.shape.length);
    return [t];
  },
  ref: ([x], attrs, _, m) => {
    const shifted = (l: Line): Line => {
      const top = Math.max(...l);
      return l.map((v) => m.minus(v, top));
    };
    return [alongAxis(x!, axisOf(attrs, x!.shape.length), (l) => row.f(shifted(l), m))];
  },
  cost: row.cost,
  onnx: (scope, ins, outs, node) => scope.node(row.onnx, ins, outs, { axis: node.attrs.axis as number }),
});

const total = (l: Line, m: Arithmetic): number => l.reduce((sum, v) => m.plus(sum, v), 0);

/** The work for each entry: subtract the largest entry, compute e^x, add to the sum, divide. */
export const softmaxWork = (entries: Polynomial): Partial<Work> =>
  each(entries, { adds: 2, exps: 1, multiplies: 1 });

export const softmax = define('softmax', {
  doc: 'y_i = e^x_i / Σ_j e^x_j along `axis`.',
  onnx: 'Softmax',
  f: (l, m) => {
    const powers = l.map((v) => m.exp(v));
    const sum = total(powers, m);
    return powers.map((v) => m.over(v, sum));
  },
  cost: (_, [y]) => softmaxWork(elements(y!)),
});

export const logSoftmax = define('log_softmax', {
  doc: 'y = ln(softmax(x)) along `axis`.',
  onnx: 'LogSoftmax',
  f: (l, m) => {
    const sum = m.log(
      total(
        l.map((v) => m.exp(v)),
        m,
      ),
    );
    return l.map((v) => m.minus(v, sum));
  },
  cost: ([x], [y], attrs) =>
    together([
      each(elements(y!), { adds: 3, exps: 1 }),
      each(lines(y!, axisOf(attrs, x!.shape.length)), { exps: 1 }),
    ]),
});
