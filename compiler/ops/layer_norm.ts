/**
 * Affine layer normalisation over the last axis (Ba et al. 2016); fairseq's epsilon is 1e-5. Mean and variance are
 * computed in float32 even if x is float16, which is the default of ONNX's attribute `stash_type`.
 */

import type { Primitive } from '../ir/op.ts';
import { scale } from '../ir/polynomial.ts';
import { alongAxis, at, tabulate } from '../ir/tensors.ts';
import { each, elements, lines, together } from '../ir/work.ts';
import { expectDim, expectDType, float, present } from './shapes.ts';

export const layerNorm: Primitive = {
  name: 'layer_norm',
  doc: 'y = (x − mean) / sqrt(variance + ε) · gain + bias, mean and (biased) variance over the last axis.',
  float16: 'all',
  rowwise: true,
  norm: true,
  ins: ['x', 'gain', 'bias'],
  outs: ['y'],
  saves: { x: ['x', 'gain'], gain: ['x'], bias: [] },
  // Training keeps the mean and the deviation of each line, in float32.
  statistics: ([x]) => scale(lines(x!, x!.shape.length - 1), 8),
  attrs: { epsilon: { kind: 'float', default: 1e-5 } },
  samples: [{ ins: ['f32[2, 3, 8]', 'f32[8]', 'f32[8]'] }, { ins: ['f16[2, 3, 8]', 'f16[8]', 'f16[8]'] }],
  infer: ([x, gain, bias]) => {
    const t = present(x, 'x');
    expectDType(t, 'x', 'f32', 'f16');
    expectDim(present(gain, 'gain').shape[0], t.shape.at(-1)!, 'gain length');
    expectDim(present(bias, 'bias').shape[0], t.shape.at(-1)!, 'bias length');
    return [t];
  },
  ref: ([x, gain, bias], attrs, _, m) => {
    const mean = (l: readonly number[]): number =>
      m.over(
        l.reduce((a, b) => m.plus(a, b), 0),
        l.length,
      );
    const normal = alongAxis(x!, x!.shape.length - 1, (l) => {
      const middle = mean(l);
      const centred = l.map((v) => m.minus(v, middle));
      const variance = mean(centred.map((v) => m.times(v, v)));
      const deviation = m.sqrt(m.plus(variance, float(attrs, 'epsilon')));
      return centred.map((v) => m.over(v, deviation));
    });
    const affine = (i: readonly number[]): number =>
      m.plus(m.times(at(normal, i), gain!.data[i.at(-1)!]!), bias!.data[i.at(-1)!]!);
    return [tabulate(x!.dtype, x!.shape, affine)];
  },
  // The additions of each element: two sums, the mean, the bias. Its multiplications: square, division, gain.
  cost: (_, [y]) =>
    together([
      each(elements(y!), { adds: 4, multiplies: 3 }),
      each(lines(y!, y!.shape.length - 1), { adds: 1, multiplies: 2, exps: 1 }),
    ]),
  onnx: (scope, ins, outs, node) =>
    scope.node('LayerNormalization', ins, outs, {
      axis: -1,
      epsilon: { float: float(node.attrs, 'epsilon') },
    }),
};
