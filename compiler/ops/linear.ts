/**
 * y = x · Wᵀ + b over the last axis. The weight keeps the layout [out, in] that every checkpoint has, so its
 * bytes are copied from the file to the artifact unchanged. Gemm transposes it at no cost.
 */

import { dimEquals, dimText, mul } from '../ir/dim.ts';
import { type } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { times } from '../ir/polynomial.ts';
import { at, tabulate } from '../ir/tensors.ts';
import { elements } from '../ir/work.ts';
import { expectDim, expectDType, expectRank, present } from './shapes.ts';

export const linear: Primitive = {
  name: 'linear',
  doc: 'y[…, o] = Σ_i x[…, i] · weight[o, i] + bias[o]. C1: the last length of x is the second of the weight. C2: bias is [out].',
  float16: 'all',
  ins: ['x', 'weight', 'bias?'],
  outs: ['y'],
  saves: { x: ['weight'], weight: ['x'], bias: [] },
  attrs: {},
  samples: [
    { ins: ['f32[2, 3, 4]', 'f32[5, 4]', 'f32[5]'] },
    { ins: ['f32[3, 4]', 'f32[5, 4]', null] },
    { ins: ['f16[2, 3, 4]', 'f16[5, 4]', 'f16[5]'] },
    { ins: ['f32[2, 1, 4]', 'f32[1, 4]', 'f32[1]'] },
  ],
  infer: ([x, weight, bias]) => {
    const [t, w] = [present(x, 'x'), present(weight, 'weight')];
    expectDType(t, 'x', 'f32', 'f16');
    expectRank(w, 'weight', 2);
    const [columns, inner] = [t.shape.at(-1), w.shape[1]!];
    const fits = columns !== undefined && dimEquals(columns, inner);
    require(fits, () =>
      `C1: x ends in ${columns === undefined ? '-' : dimText(columns)}, but weight takes ${dimText(inner)}`);
    require(t.dtype === w.dtype, () => `x is ${t.dtype} but weight is ${w.dtype}`);
    if (bias) expectDim(bias.shape[0], w.shape[0]!, 'C2: bias length');
    return [{ dtype: t.dtype, shape: [...t.shape.slice(0, -1), w.shape[0]!] }];
  },
  ref: ([x, weight, bias], _attrs, _dim, m) => {
    const [out, inner] = weight!.shape as readonly [number, number];
    return [
      tabulate(x!.dtype, [...x!.shape.slice(0, -1), out], (i) => {
        const o = i.at(-1)!;
        let sum = 0;
        for (let c = 0; c < inner; c++)
          sum = m.mac(sum, at(x!, [...i.slice(0, -1), c]), weight!.data[o * inner + c]!);
        return bias ? m.plus(sum, bias.data[o]!) : sum;
      }),
    ];
  },
  cost: ([x, , bias], [y]) => ({
    macs: times(...y!.shape, x!.shape.at(-1)!),
    ...(bias && { adds: elements(y!) }),
  }),
  onnx: (scope, [x, weight, bias], [y], node) => {
    const shape = scope.typeOf(node.ins[0]!).shape;
    const w = scope.typeOf(node.ins[1]!).shape;
    const operands = bias ? [weight!, bias] : [weight!];
    if (shape.length === 2) return scope.node('Gemm', [x!, ...operands], [y!], { transB: 1 });
    const { dtype } = scope.typeOf(node.ins[0]!);
    const count = mul(...shape.slice(0, -1));
    const rows = scope.fresh('rows', type(dtype, count, w[1]!));
    const product = scope.fresh('product', type(dtype, count, w[0]!));
    scope.node('Reshape', [x!, scope.dims([-1, w[1]!])], [rows]);
    scope.node('Gemm', [rows, ...operands], [product], { transB: 1 });
    const known = shape.slice(0, -1).filter((d) => typeof d !== 'number').length <= 1;
    const open = known && typeof mul(...shape) !== 'number';
    const target = shape.slice(0, -1).map((d) => (open && typeof d !== 'number' ? -1 : d));
    scope.node('Reshape', [product, scope.dims([...target, w[0]!])], [y!]);
  },
};
