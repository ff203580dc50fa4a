/** Ops that pick elements by index: gather, gather_elements, gather_rows. C1: indices are i64. */

import { dimEquals } from '../ir/dim.ts';
import { type Primitive, require } from '../ir/op.ts';
import { at, replaced, tabulate } from '../ir/tensors.ts';
import { free, picked } from '../ir/work.ts';
import { axisOf, expectDType, expectRank, present } from './shapes.ts';

export const gather: Primitive = {
  name: 'gather',
  doc: 'Picks rows of a table along the first axis of x: y[i…] = x[index[i…]].',
  float16: 'follows',
  partial: true,
  ins: ['x', 'index'],
  outs: ['y'],
  saves: { x: ['index'] },
  attrs: {},
  samples: [{ ins: ['f32[5, 3]', 'i64[2, 4] < 5'] }, { ins: ['f32[5]', 'i64[] < 5'] }],
  infer: ([x, index]) => {
    const [t, i] = [present(x, 'x'), present(index, 'index')];
    expectDType(i, 'C1: index', 'i64');
    return [{ dtype: t.dtype, shape: [...i.shape, ...t.shape.slice(1)] }];
  },
  ref: ([x, index]) => {
    const rank = index!.shape.length;
    const shape = [...index!.shape, ...x!.shape.slice(1)];
    return [tabulate(x!.dtype, shape, (i) => at(x!, [at(index!, i.slice(0, rank)), ...i.slice(rank)]))];
  },
  cost: free,
  reads: picked,
  onnx: (scope, ins, outs) => scope.node('Gather', ins, outs, { axis: 0 }),
};

export const gatherElements: Primitive = {
  name: 'gather_elements',
  doc: 'Picks elements along `axis`: y[.., i, ..] = x[.., index[.., i, ..], ..]. x and index agree in every other axis.',
  float16: 'follows',
  partial: true,
  ins: ['x', 'index'],
  outs: ['y'],
  saves: { x: ['index'] },
  attrs: { axis: { kind: 'int' } },
  samples: [{ ins: ['f32[2, 5]', 'i64[2, 3] < 5'], attrs: { axis: 1 } }],
  infer: ([x, index], attrs) => {
    const [t, i] = [present(x, 'x'), present(index, 'index')];
    expectDType(i, 'C1: index', 'i64');
    expectRank(i, 'index', t.shape.length);
    const axis = axisOf(attrs, t.shape.length);
    const fits = t.shape.every((d, a) => a === axis || dimEquals(d, i.shape[a]!));
    require(fits, () => 'x and index differ outside the axis');
    return [{ dtype: t.dtype, shape: i.shape }];
  },
  ref: ([x, index], attrs) => {
    const axis = axisOf(attrs, x!.shape.length);
    return [tabulate(x!.dtype, index!.shape, (i) => at(x!, replaced(i, axis, at(index!, i))))];
  },
  cost: free,
  reads: picked,
  onnx: (scope, ins, outs, node) =>
    scope.node('GatherElements', ins, outs, { axis: node.attrs.axis as number }),
};

export const gatherRows: Primitive = {
  name: 'gather_rows',
  doc: 'Picks whole rows within each item of a batch: y[b, i] = x[b, index[b, i]]. x is [B, n, …], index [B, k].',
  float16: 'follows',
  partial: true,
  ins: ['x', 'index'],
  outs: ['y'],
  saves: { x: ['index'] },
  attrs: {},
  samples: [{ ins: ['f32[2, 5, 3]', 'i64[2, 4] < 5'] }],
  infer: ([x, index]) => {
    const [t, i] = [present(x, 'x'), present(index, 'index')];
    expectDType(i, 'C1: index', 'i64');
    expectRank(i, 'index', 2);
    require(t.shape.length >= 2 && dimEquals(t.shape[0]!, i.shape[0]!), () => 'x and index differ in batch');
    return [{ dtype: t.dtype, shape: [...i.shape, ...t.shape.slice(2)] }];
  },
  ref: ([x, index]) => {
    const shape = [...index!.shape, ...x!.shape.slice(2)];
    return [tabulate(x!.dtype, shape, (i) => at(x!, replaced(i, 1, at(index!, i.slice(0, 2)))))];
  },
  cost: free,
  reads: picked,
  onnx: (scope, [x, index], outs, node) => {
    const t = scope.typeOf(node.ins[1]!);
    const column = scope.fresh('index', { dtype: 'i64', shape: [...t.shape, 1] });
    scope.node('Unsqueeze', [index!, scope.i64(-1)], [column]);
    scope.node('GatherND', [x!, column], outs, { batch_dims: 1 });
  },
};
