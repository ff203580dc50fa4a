/** softmax and its logarithm along one axis. */
import type { Primitive } from '../ir/op.ts';
import { axisOf, expectDType, present } from './shapes.ts';
import { alongAxis } from './tensors.ts';

type Line = readonly number[];

/** Σ e^(x_i − max), which cannot overflow. */
const shiftedSum = (l: Line): { top: number; sum: number } => {
  const top = Math.max(...l);
  return { top, sum: l.reduce((sum, v) => sum + Math.exp(v - top), 0) };
};

const define = (name: string, doc: string, onnx: string, f: (l: Line) => Line): Primitive => ({
  name,
  doc,
  ins: ['x'],
  outs: ['y'],
  attrs: { axis: { kind: 'int', default: -1 } },
  samples: [{ ins: ['f32[2, 4]'] }, { ins: ['f32[2, 4, 3]'], attrs: { axis: 1 } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    expectDType(t, 'x', 'f32', 'f16');
    axisOf(attrs, t.shape.length);
    return [t];
  },
  ref: ([x], attrs) => [alongAxis(x!, axisOf(attrs, x!.shape.length), f)],
  onnx: (scope, ins, outs, node) => scope.node(onnx, ins, outs, { axis: node.attrs.axis as number }),
});

export const softmax = define('softmax', 'y_i = e^x_i / Σ_j e^x_j along `axis`.', 'Softmax', (l) => {
  const { top, sum } = shiftedSum(l);
  return l.map((v) => Math.exp(v - top) / sum);
});

export const logSoftmax = define('log_softmax', 'ln softmax(x) along `axis`.', 'LogSoftmax', (l) => {
  const { top, sum } = shiftedSum(l);
  return l.map((v) => v - top - Math.log(sum));
});
