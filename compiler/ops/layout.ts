/** Ops that move elements and compute nothing: reshape, transpose, unsqueeze, squeeze, reverse, expand. */

import { type Dim, dimEquals, dimText, mul } from '../ir/dim.ts';
import { sameShape, typeText } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { at, replaced, tabulate } from '../ir/tensors.ts';
import { free } from '../ir/work.ts';
import { axisOf, broadcast, dims, ints, present } from './shapes.ts';
import { unchanged } from './weight_math.ts';

/**
 * The target in the notation of ONNX's Reshape: 0 copies a length of the input, and -1 marks one unknown length. So
 * a reshape with a single unknown length needs no shape arithmetic at run time.
 */
function reshapeTarget(from: readonly Dim[], to: readonly Dim[]): readonly Dim[] {
  const copied = to.map((d, i) =>
    typeof d !== 'number' && from[i] !== undefined && dimEquals(d, from[i]!) ? 0 : d,
  );
  const open = copied.findIndex((d) => typeof d !== 'number');
  return open < 0 ? copied : copied.map((d, i) => (i === open ? -1 : d));
}

export const reshape: Primitive = {
  name: 'reshape',
  doc: 'Gives x another shape; its elements keep their row-major order. C1: both shapes have equally many elements.',
  float16: 'follows',
  moves: true,
  ins: ['x'],
  outs: ['y'],
  attrs: { shape: { kind: 'dims' } },
  samples: [
    { ins: ['f32[2, 6]'], attrs: { shape: [3, 2, 2] } },
    { ins: ['i64[4] < 9'], attrs: { shape: [4, 1] } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const [before, after] = [mul(...t.shape), mul(...dims(attrs, 'shape'))];
    // Two symbolic counts with different texts may still be equal. The interpreter and ONNX check them.
    const wrong = typeof before === 'number' && typeof after === 'number' && before !== after;
    require(!wrong, () => `C1: ${dimText(before)} elements do not fill ${dimText(after)}`);
    return [{ dtype: t.dtype, shape: dims(attrs, 'shape') }];
  },
  ref: ([x], attrs, dim) => [{ ...x!, shape: dims(attrs, 'shape').map(dim) }],
  cost: free,
  view: true,
  onnx: (scope, [x], outs, node) => {
    const target = reshapeTarget(scope.typeOf(node.ins[0]!).shape, dims(node.attrs, 'shape'));
    scope.node('Reshape', [x!, scope.dims(target)], outs);
  },
  onWeights: unchanged,
};

export const transpose: Primitive = {
  name: 'transpose',
  doc: 'Reorders axes: axis i of y is axis order[i] of x.',
  float16: 'follows',
  moves: true,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { order: { kind: 'ints' } },
  samples: [{ ins: ['f32[2, 3, 4]'], attrs: { order: [1, 2, 0] } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const order = ints(attrs, 'order');
    const permutation = [...order].sort((a, b) => a - b).every((axis, i) => axis === i);
    require(permutation && order.length === t.shape.length, () => `order [${order}] does not fit the rank`);
    return [{ dtype: t.dtype, shape: order.map((axis) => t.shape[axis]!) }];
  },
  ref: ([x], attrs) => {
    const order = ints(attrs, 'order');
    const shape = order.map((axis) => x!.shape[axis]!);
    return [
      tabulate(x!.dtype, shape, (i) =>
        at(
          x!,
          x!.shape.map((_, axis) => i[order.indexOf(axis)]!),
        ),
      ),
    ];
  },
  cost: free,
  onnx: (scope, ins, outs, node) => scope.node('Transpose', ins, outs, { perm: ints(node.attrs, 'order') }),
};

export const unsqueeze: Primitive = {
  name: 'unsqueeze',
  doc: 'Inserts an axis of length 1, at position `axis` of the result.',
  float16: 'follows',
  moves: true,
  ins: ['x'],
  outs: ['y'],
  attrs: { axis: { kind: 'int' } },
  samples: [
    { ins: ['f32[2, 3]'], attrs: { axis: 1 } },
    { ins: ['f32[2, 3]'], attrs: { axis: -1 } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const shape = [...t.shape];
    shape.splice(axisOf(attrs, t.shape.length + 1), 0, 1);
    return [{ dtype: t.dtype, shape }];
  },
  ref: ([x], attrs) => {
    const shape = [...x!.shape];
    shape.splice(axisOf(attrs, shape.length + 1), 0, 1);
    return [{ ...x!, shape }];
  },
  cost: free,
  view: true,
  onnx: (scope, [x], outs, node) => scope.node('Unsqueeze', [x!, scope.i64(node.attrs.axis as number)], outs),
};

export const squeeze: Primitive = {
  name: 'squeeze',
  doc: 'Removes the axis `axis`. C1: its length is 1.',
  float16: 'follows',
  moves: true,
  ins: ['x'],
  outs: ['y'],
  attrs: { axis: { kind: 'int' } },
  samples: [{ ins: ['f32[2, 1, 3]'], attrs: { axis: 1 } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const axis = axisOf(attrs, t.shape.length);
    require(t.shape[axis] === 1, () => `C1: axis ${axis} has length ${dimText(t.shape[axis]!)}, not 1`);
    return [{ dtype: t.dtype, shape: t.shape.filter((_, i) => i !== axis) }];
  },
  ref: ([x], attrs) => {
    const axis = axisOf(attrs, x!.shape.length);
    return [{ ...x!, shape: x!.shape.filter((_, i) => i !== axis) }];
  },
  cost: free,
  view: true,
  onnx: (scope, [x], outs, node) => scope.node('Squeeze', [x!, scope.i64(node.attrs.axis as number)], outs),
};

export const reverse: Primitive = {
  name: 'reverse',
  doc: 'Reverses the positions along `axis`.',
  float16: 'follows',
  moves: true,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { axis: { kind: 'int' } },
  samples: [{ ins: ['f32[2, 4]'], attrs: { axis: 1 } }],
  infer: ([x]) => [present(x, 'x')],
  ref: ([x], attrs) => {
    const axis = axisOf(attrs, x!.shape.length);
    const last = x!.shape[axis]! - 1;
    return [tabulate(x!.dtype, x!.shape, (i) => at(x!, replaced(i, axis, last - i[axis]!)))];
  },
  cost: free,
  onnx: (scope, [x], outs, node) => {
    const axis = scope.i64(node.attrs.axis as number);
    const [from, to, step] = [scope.i64(-1), scope.i64(-Number.MAX_SAFE_INTEGER), scope.i64(-1)];
    scope.node('Slice', [x!, from, to, axis, step], outs);
  },
};

export const expand: Primitive = {
  name: 'expand',
  doc: 'Broadcasts x to `shape`. C1: no length of x is above its target.',
  float16: 'follows',
  moves: true,
  cheap: true,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { shape: { kind: 'dims' } },
  samples: [
    { ins: ['f32[2, 1]'], attrs: { shape: [2, 3] } },
    { ins: ['bool[3]'], attrs: { shape: [2, 3] } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const shape = dims(attrs, 'shape');
    require(sameShape(broadcast(t.shape, shape), shape), () => `C1: ${typeText(t)} is wider than the target`);
    return [{ dtype: t.dtype, shape }];
  },
  ref: ([x], attrs, dim) => [tabulate(x!.dtype, dims(attrs, 'shape').map(dim), (i) => at(x!, i))],
  cost: free,
  onnx: (scope, [x], outs, node) => scope.node('Expand', [x!, scope.dims(dims(node.attrs, 'shape'))], outs),
};
