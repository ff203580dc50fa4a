/**
 * y[b, index[b, i]] = x[b, i], and 0 in all other rows. This inverts `gather_rows` where each row was picked at
 * most once. C1: index is i64 [B, k], x is [B, k, …]. C2: the indices of an item are distinct and below n.
 *
 * The kernel writes rows in parallel and without a reduction, so it is correct only because of C2. If rows are picked
 * several times, use `scatter_add`, which sums them up. ONNX Runtime's ScatterND with a reduction cannot do it,
 * because it has a data race on the CPU.
 */

import { type Dim, dimEquals, dimText } from '../ir/dim.ts';
import { type, typeText } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { at, sizeOf } from '../ir/tensors.ts';
import { bytes, free } from '../ir/work.ts';
import { dim, expectDType, expectRank, present } from './shapes.ts';

export const scatterRows: Primitive = {
  name: 'scatter_rows',
  doc: 'Puts whole rows at positions within each item of a batch: y[b, index[b, i]] = x[b, i], and 0 elsewhere. x is [B, k, …], y [B, n, …].',
  float16: 'follows',
  partial: true,
  ins: ['x', 'index'],
  outs: ['y'],
  saves: { x: ['index'] },
  attrs: { n: { kind: 'dim' } },
  samples: [
    {
      ins: ['f32[2, 3, 4]', { dtype: 'i64', shape: [2, 3], data: [4, 0, 2, 1, 3, 0] }],
      attrs: { n: 5 },
    },
    { ins: ['f32[2, 2]', { dtype: 'i64', shape: [2, 2], data: [1, 0, 0, 2] }], attrs: { n: 3 } },
    { ins: ['f16[1, 2, 3]', { dtype: 'i64', shape: [1, 2], data: [3, 1] }], attrs: { n: 4 } },
  ],
  infer: ([x, index], attrs) => {
    const [t, i, n] = [present(x, 'x'), present(index, 'index'), dim(attrs, 'n')];
    expectDType(t, 'x', 'f32', 'f16');
    expectDType(i, 'C1: index', 'i64');
    expectRank(i, 'C1: index', 2);
    const fits = t.shape.length >= 2 && i.shape.every((d, axis) => dimEquals(d, t.shape[axis]!));
    require(fits, () => `C1: x is ${typeText(t)}, but index is ${typeText(i)}`);
    const k = i.shape[1]!;
    const many = typeof k === 'number' && typeof n === 'number' && k > n;
    require(!many, () => `C2: ${dimText(k)} distinct rows do not fit ${dimText(n)}`);
    return [{ dtype: t.dtype, shape: [t.shape[0]!, n, ...t.shape.slice(2)] }];
  },
  ref: ([x, index], attrs, value) => {
    const [batch, k] = index!.shape as readonly [number, number];
    const n = value(dim(attrs, 'n'));
    const rest = x!.shape.slice(2);
    const width = sizeOf(rest);
    const data = new Float64Array(batch * n * width);
    for (let b = 0; b < batch; b++) {
      const taken = new Set<number>();
      for (let i = 0; i < k; i++) {
        const place = at(index!, [b, i]);
        require(place >= 0 && place < n, () => `C2: index ${place} is outside ${n}`);
        require(!taken.has(place), () => `C2: index ${place} occurs twice in item ${b}`);
        taken.add(place);
        const from = (b * k + i) * width;
        data.set(x!.data.subarray(from, from + width), (b * n + place) * width);
      }
    }
    return [{ dtype: x!.dtype, shape: [batch, n, ...rest], data }];
  },
  cost: free,
  // The kernel copies a tensor of zeros.
  scratch: (_, [y]) => bytes(y!),
  onnx: (scope, [x, index], outs, node) => {
    const [{ dtype, shape }, i] = [scope.typeOf(node.ins[0]!), scope.typeOf(node.ins[1]!)];
    const [batch, k] = i.shape as readonly [Dim, Dim];
    const made = (hint: string, ...lengths: readonly Dim[]): string =>
      scope.fresh(hint, type('i64', ...lengths));
    const bound = (x: number): string => scope.literal({ dtype: 'i64', shape: [], data: [x] });
    const [end, documents, column, wide] = [
      made('end'),
      made('documents', batch),
      made('column', batch, 1),
      made('wide', batch, k),
    ];
    scope.node('Squeeze', [scope.dim(batch)], [end]);
    scope.node('Range', [bound(0), end, bound(1)], [documents]);
    scope.node('Unsqueeze', [documents, scope.i64(1)], [column]);
    scope.node('Expand', [column, scope.dims([batch, k])], [wide]);
    const [own, row, places] = [
      made('own', batch, k, 1),
      made('row', batch, k, 1),
      made('places', batch, k, 2),
    ];
    scope.node('Unsqueeze', [wide, scope.i64(-1)], [own]);
    scope.node('Unsqueeze', [index!, scope.i64(-1)], [row]);
    scope.node('Concat', [own, row], [places], { axis: -1 });
    const full = [batch, dim(node.attrs, 'n'), ...shape.slice(2)];
    const zeros = scope.fresh('zeros', type(dtype, ...full));
    const zero = scope.literal({ dtype, shape: [], data: [0] });
    scope.node('Expand', [zero, scope.dims(full)], [zeros]);
    scope.node('ScatterND', [zeros, places, x!], outs);
  },
};
