/** Layer normalisation over the last axis, affine (Ba et al. 2016); fairseq's epsilon is 1e-5. */
import type { Primitive } from '../ir/op.ts';
import { expectDim, expectDType, float, present } from './shapes.ts';
import { alongAxis, at, tabulate } from './tensors.ts';

export const layerNorm: Primitive = {
  name: 'layer_norm',
  doc: 'y = (x − mean) / sqrt(variance + ε) · gain + bias, mean and (biased) variance over the last axis.',
  ins: ['x', 'gain', 'bias'],
  outs: ['y'],
  attrs: { epsilon: { kind: 'float', default: 1e-5 } },
  samples: [{ ins: ['f32[2, 3, 8]', 'f32[8]', 'f32[8]'] }, { ins: ['f16[2, 3, 8]', 'f16[8]', 'f16[8]'] }],
  infer: ([x, gain, bias]) => {
    const t = present(x, 'x');
    expectDType(t, 'x', 'f32', 'f16');
    expectDim(present(gain, 'gain').shape[0], t.shape.at(-1)!, 'gain length');
    expectDim(present(bias, 'bias').shape[0], t.shape.at(-1)!, 'bias length');
    return [t];
  },
  ref: ([x, gain, bias], attrs) => {
    const normal = alongAxis(x!, x!.shape.length - 1, (l) => {
      const mean = l.reduce((a, b) => a + b, 0) / l.length;
      const variance = l.reduce((a, b) => a + (b - mean) ** 2, 0) / l.length;
      return l.map((v) => (v - mean) / Math.sqrt(variance + float(attrs, 'epsilon')));
    });
    return [
      tabulate(x!.dtype, x!.shape, (i) => at(normal, i) * gain!.data[i.at(-1)!]! + bias!.data[i.at(-1)!]!),
    ];
  },
  onnx: (scope, ins, outs, node) =>
    scope.node('LayerNormalization', ins, outs, {
      axis: -1,
      epsilon: { float: float(node.attrs, 'epsilon') },
    }),
};
