/** z = x · y over the last two axes; the axes before them broadcast. C1: the inner lengths are equal. */

import { dimEquals, dimText } from '../ir/dim.ts';
import { type Primitive, require } from '../ir/op.ts';
import { times } from '../ir/polynomial.ts';
import { at, tabulate } from '../ir/tensors.ts';
import { broadcast, expectDType, present } from './shapes.ts';
import { product } from './weight_math.ts';

export const matmul: Primitive = {
  name: 'matmul',
  doc: 'z[…, i, j] = Σ_c x[…, i, c] · y[…, c, j].',
  float16: 'all',
  ins: ['x', 'y'],
  outs: ['z'],
  saves: { x: ['y'], y: ['x'] },
  attrs: {},
  samples: [{ ins: ['f32[2, 3]', 'f32[3, 4]'] }, { ins: ['f32[2, 1, 3, 2]', 'f32[4, 2, 3]'] }],
  infer: ([x, y]) => {
    const [a, b] = [present(x, 'x'), present(y, 'y')];
    expectDType(a, 'x', 'f32', 'f16');
    require(a.dtype === b.dtype, () => `x is ${a.dtype} but y is ${b.dtype}`);
    require(a.shape.length >= 2 && b.shape.length >= 2, () => 'x and y need at least two axes');
    const [inner, rows] = [a.shape.at(-1)!, b.shape.at(-2)!];
    require(dimEquals(inner, rows), () =>
      `C1: x has ${dimText(inner)} columns but y has ${dimText(rows)} rows`);
    const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return [{ dtype: a.dtype, shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!] }];
  },
  ref: ([x, y], _attrs, _dim, m) => {
    const inner = x!.shape.at(-1)!;
    const batch = broadcast(x!.shape.slice(0, -2), y!.shape.slice(0, -2)) as readonly number[];
    const shape = [...batch, x!.shape.at(-2)!, y!.shape.at(-1)!];
    return [
      tabulate(x!.dtype, shape, (i) => {
        const [before, row, column] = [i.slice(0, -2), i.at(-2)!, i.at(-1)!];
        let sum = 0;
        for (let c = 0; c < inner; c++)
          sum = m.mac(sum, at(x!, [...before, row, c]), at(y!, [...before, c, column]));
        return sum;
      }),
    ];
  },
  cost: ([x], [y]) => ({ macs: times(...y!.shape, x!.shape.at(-1)!) }),
  onnx: 'MatMul',
  onWeights: product,
};
