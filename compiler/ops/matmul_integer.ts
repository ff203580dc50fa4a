/**
 * Σ_i (q[…, i] − zero) · weight[i, o] of integers, summed exactly. The result is float32, which represents sums of
 * up to 24 bits exactly. C1: the last length of q is the first of the weight.
 */

import { dimEquals, dimText } from '../ir/dim.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { sameType, type } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { times } from '../ir/polynomial.ts';
import { at, tabulate } from '../ir/tensors.ts';
import { elements } from '../ir/work.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { expectDType, expectRank, present } from './shapes.ts';

/** Weights that are so small that 16-bit sums saturate on no machine. */
export const SMALL_WEIGHT = {
  dtype: 'i8',
  shape: [4, 5],
  data: [63, -63, 1, 0, 7, -2, 30, 63, 12, -9, 63, -63, -40, 5, 6, 0, -1, 63, 20, -63],
} as const;

export const matmulInteger: Primitive = {
  name: 'matmul_integer',
  doc: 'z[…, o] = Σ_i (q[…, i] − zero) · weight[i, o] of u8 and i8, as f32. C1: the last length of q is the first of the weight.',
  float16: NO_FLOATS,
  quantised: 'operands',
  ins: ['q', 'zero', 'weight'],
  outs: ['z'],
  attrs: {},
  samples: [
    { ins: ['u8[2, 3, 4]', 'u8[]', SMALL_WEIGHT] },
    { ins: ['u8[1, 4]', { dtype: 'u8', shape: [], data: [0] }, SMALL_WEIGHT] },
  ],
  infer: ([q, zero, weight]) => {
    const [t, z, w] = [present(q, 'q'), present(zero, 'zero'), present(weight, 'weight')];
    expectDType(t, 'q', 'u8');
    require(sameType(z, type('u8')), () => 'zero is not a single u8');
    expectDType(w, 'weight', 'i8');
    expectRank(w, 'weight', 2);
    const [columns, inner] = [t.shape.at(-1), w.shape[0]!];
    const fits = columns !== undefined && dimEquals(columns, inner);
    require(fits, () =>
      `C1: q ends in ${columns === undefined ? '-' : dimText(columns)}, but weight takes ${dimText(inner)}`);
    return [type('f32', ...t.shape.slice(0, -1), w.shape[1]!)];
  },
  ref: ([q, zero, weight], _attrs, _dim, m) => {
    const [inner, out] = weight!.shape as readonly [number, number];
    const centred = { ...q!, data: q!.data.map((x) => m.minus(x, zero!.data[0]!)) };
    return [
      tabulate('f32', [...q!.shape.slice(0, -1), out], (i) => {
        let sum = 0;
        for (let c = 0; c < inner; c++)
          sum = m.mac(sum, at(centred, [...i.slice(0, -1), c]), weight!.data[c * out + i.at(-1)!]!);
        return sum;
      }),
    ];
  },
  cost: ([q, , weight]) => ({ macs: times(...q!.shape, weight!.shape[1]!), adds: elements(q!) }),
  onnx: (scope, [q, zero, weight], [z]) => {
    const sum = scope.fresh('sum');
    scope.node('MatMulInteger', [q!, weight!, zero!], [sum]);
    scope.node('Cast', [sum], [z!], { to: ONNX_DTYPE.f32 });
  },
};
