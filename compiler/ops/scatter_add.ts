/**
 * y = x with updates added at positions along the last axis: y[…, index[…, i]] += update[…, i]. Several updates of
 * one position add up. C1: index is i64. C2: index and update have the same shape, and x may differ from it only in
 * the last length. C3: x and update have the same dtype.
 *
 * It is written as ScatterElements, which ONNX Runtime's CPU runs on one thread. ScatterND with a reduction would
 * be faster but wrong, because its threads add to the same rows without synchronisation.
 */

import { dimEquals } from '../ir/dim.ts';
import { PROBABILITIES } from '../ir/float16.ts';
import { sameShape, typeText } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { at, sizeOf } from '../ir/tensors.ts';
import { elements } from '../ir/work.ts';
import { expectDType, present } from './shapes.ts';

export const scatterAdd: Primitive = {
  name: 'scatter_add',
  doc: 'Adds updates along the last axis of x: y[…, index[…, i]] += update[…, i]. Updates of one position add up.',
  float16: PROBABILITIES,
  ins: ['x', 'index', 'update'],
  outs: ['y'],
  saves: { x: [], update: ['index'] },
  attrs: {},
  samples: [
    { ins: ['f32[2, 5]', 'i64[2, 3] < 5', 'f32[2, 3]'] },
    { ins: ['f32[2, 2, 4]', 'i64[2, 2, 6] < 4', 'f32[2, 2, 6]'] },
  ],
  infer: ([x, index, update]) => {
    const [t, i, u] = [present(x, 'x'), present(index, 'index'), present(update, 'update')];
    expectDType(i, 'C1: index', 'i64');
    require(sameShape(i.shape, u.shape), () =>
      `C2: index is ${typeText(i)}, but update is ${typeText(u)}: their shapes must be equal`);
    const rank = t.shape.length;
    const fits =
      i.shape.length === rank && i.shape.every((d, a) => a === rank - 1 || dimEquals(d, t.shape[a]!));
    require(rank > 0 && fits, () => `C2: x is ${typeText(t)}, but index is ${typeText(i)}`);
    require(t.dtype === u.dtype, () => `C3: x is ${t.dtype}, but update is ${u.dtype}`);
    return [t];
  },
  ref: ([x, index, update], _attrs, _dim, m) => {
    const data = Float64Array.from(x!.data);
    const [width, count] = [x!.shape.at(-1)!, index!.shape.at(-1)!];
    const rows = sizeOf(x!.shape.slice(0, -1));
    const flat = { ...index!, shape: [rows, count] };
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < count; i++) {
        const place = at(flat, [row, i]);
        require(place >= 0 && place < width, () => `index ${place} is outside ${width}`);
        const cell = row * width + place;
        data[cell] = m.plus(data[cell]!, update!.data[row * count + i]!);
      }
    }
    return [{ ...x!, data }];
  },
  cost: ([, , update]) => ({ adds: elements(update!) }),
  onnx: (scope, ins, outs) => scope.node('ScatterElements', ins, outs, { axis: -1, reduction: 'add' }),
};
