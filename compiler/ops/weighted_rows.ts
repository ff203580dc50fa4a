/**
 * y_r = Σ_j weight[r, j] · x[index[r, j]]: the single pass of a pooling over the representations.
 * Each slot r of the pooling is a sum of rows of x, which index and weight define.
 *
 * C1: x is [B, n, d]. With `at` i64 [B, n], x is [..., d] with its rows in any order, and position i of document b is
 * row `at[b, i]` of all rows in row-major order. C2: index is i64, and index and weight have the same shape
 * [B, s, r]. The weights may be f32 if the rows are f16; they are cast only for the product.
 */
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, dimText, mul } from '../ir/dim.ts';
import { sameShape, sameType, type TensorType, type, typeText } from '../ir/graph.ts';
import { type Composite, require } from '../ir/op.ts';
import { castTo } from './cast.ts';
import { gather, gatherElements, gatherRows } from './gather.ts';
import { reshape, squeeze, unsqueeze } from './layout.ts';
import { matmul } from './matmul.ts';
import { expectDim, expectDType, expectRank, present } from './shapes.ts';

/** The rows [B, k, d] at the positions `index` [B, k]. If `at` is given, it maps each position to a row of x. */
export function rowsAt(b: Builder, x: Value, index: Value, at: Value | null): Value {
  if (!at) return b.add(gatherRows, [x, index]);
  const { shape } = x.type;
  const flat = b.add(reshape, [x], { shape: [mul(...shape.slice(0, -1)), shape.at(-1)!] });
  return b.add(gather, [flat, b.add(gatherElements, [at, index], { axis: 1 })]);
}

/** Requires that x contains n rows for each document, or that `at` maps n positions of each document to rows of x. */
export function expectPlaces(x: TensorType, at: TensorType | null, batch: Dim, n: Dim): void {
  if (at) {
    const fits = sameType(at, type('i64', batch, n));
    return require(fits, () =>
      `C1: at is ${typeText(at)}, but it must be i64[${dimText(batch)}, ${dimText(n)}]`);
  }
  const [own, length] = x.shape;
  expectRank(x, 'C1: x', 3);
  expectDim(own, batch, 'C1: batch of x');
  expectDim(length, n, 'C1: length of x');
}

export const weightedRows: Composite = {
  name: 'weighted_rows',
  doc: 'y[b, r] = Σ_j weight[b, r, j] · x[b, index[b, r, j]].',
  float16: 'rows',
  ins: ['x', 'index', 'weight', 'at?'],
  outs: ['y'],
  attrs: {},
  samples: [
    { ins: ['f32[2, 5, 3]', 'i64[2, 4, 2] < 5', 'f32[2, 4, 2]', null] },
    { ins: ['f16[2, 5, 3]', 'i64[2, 4, 2] < 5', 'f32[2, 4, 2]', null] },
    { ins: ['f32[3, 4, 3]', 'i64[2, 4, 2] < 5', 'f32[2, 4, 2]', 'i64[2, 5] < 12'] },
  ],
  infer: ([x, index, weight, at]) => {
    const [t, i, w] = [present(x, 'x'), present(index, 'index'), present(weight, 'weight')];
    if (at) expectRank(at, 'C1: at', 2);
    else expectRank(t, 'C1: x', 3);
    expectRank(i, 'index', 3);
    expectDType(i, 'C2: index', 'i64');
    require(sameShape(i.shape, w.shape), () =>
      `C2: weight is ${typeText(w)}, but index is ${typeText(i)}: their shapes must be equal`);
    return [type(t.dtype, i.shape[0]!, i.shape[1]!, t.shape.at(-1)!)];
  },
  body: (b, ins) => {
    const [x, index, weight, at] = ins as readonly [Value, Value, Value, Value | null | undefined];
    const [batch, slots, group] = index.type.shape as readonly [Dim, Dim, Dim];
    const flat = b.add(reshape, [index], { shape: [batch, mul(slots, group)] });
    const shape = [batch, slots, group, x.type.shape.at(-1)!];
    const grouped = b.add(reshape, [rowsAt(b, x, flat, at ?? null)], { shape });
    const row = b.add(unsqueeze, [castTo(b, weight, x.type.dtype)], { axis: 2 });
    return [b.add(squeeze, [b.add(matmul, [row, grouped])], { axis: 2 })];
  },
};
