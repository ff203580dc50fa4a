/** Operators that compute shapes, and operators that rearrange elements. */
import { counted } from '../rule.ts';
import { DT } from '../sizes.ts';
import {
  axesIn,
  axisOf,
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  ints,
  shapeIn,
  tensor,
  valueIn,
} from './call.ts';
import {
  broadcast,
  minus,
  over,
  plus,
  product,
  type Shape,
  type Size,
  sameSize,
  shapeText,
  times,
} from './types.ts';

/** The shape that the elements of an input give. The elements may be unknown, but their number must be known. */
function shapeGiven(call: Call, input: number): Shape | undefined {
  const value = valueIn(call, input);
  if (value) {
    const bad = value.find((v) => typeof v === 'number' && (!Number.isInteger(v) || v < -1));
    if (bad !== undefined) fail(`${call.op} is given the length ${bad}, which is not valid`);
    return value;
  }
  const length = shapeIn(call, input)?.[0];
  return typeof length === 'number' && length <= 64 ? new Array<Size>(length).fill(undefined) : undefined;
}

const shape: InferenceRule = (call) => {
  const given = shapeIn(call, 0);
  if (!given) return [{ shape: [undefined] }];
  const at = (axis: number): number =>
    Math.min(Math.max(axis < 0 ? axis + given.length : axis, 0), given.length);
  const value = given.slice(at(int(call, 'start', 0)), at(int(call, 'end', given.length)));
  return [{ shape: [value.length], value }];
};

const size: InferenceRule = (call) => {
  const given = shapeIn(call, 0);
  return [{ shape: [], value: given && [product(given)] }];
};

const reshape: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const wanted = call.version < 5 ? ints(call, 'shape') : shapeGiven(call, 1);
  if (!wanted) return [{}];
  const copies = int(call, 'allowzero', 0) === 0;
  if (!copies && wanted.includes(0) && wanted.includes(-1))
    fail(`Reshape to ${shapeText(wanted)} has a 0 and a -1, so the length at -1 could be any number`);
  const to = wanted.map((d, i): Size => {
    if (d !== 0 || !copies) return d;
    return from
      ? i < from.length
        ? from[i]
        : fail(`Reshape copies dim ${i}, but ${shapeText(from)} has no such dim`)
      : undefined;
  });
  const open = to.indexOf(-1);
  if (open !== to.lastIndexOf(-1))
    fail(`Reshape to ${shapeText(to)} has more than one -1, but only one length can be computed`);
  // An unknown length may be -1 too.
  if (open < 0 && from && to.filter((d) => d === undefined).length === 0) {
    const [a, b] = [product(from), product(to)];
    if (typeof a === 'number' && typeof b === 'number' && a !== b)
      fail(`Reshape of ${shapeText(from)} to ${shapeText(to)} would change ${a} elements into ${b}`);
  }
  if (open >= 0 && from && to.includes(0))
    fail(
      `Reshape of ${shapeText(from)} to ${shapeText(to)} has a 0 and a -1, so the length at -1 could be any number`,
    );
  if (open >= 0) to[open] = from && restOf(from, to.toSpliced(open, 1), to);
  const value = valueIn(call, 0);
  return [{ shape: to, value: to.length <= 1 ? value : undefined }];
};

/** The length of the dim that is given as -1. Dims that occur in both shapes cancel out. */
function restOf(from: Shape, given: Shape, to: Shape): Size {
  const left = [...from];
  const right: Size[] = [];
  for (const d of given) {
    const at = left.findIndex((other) => sameSize(other, d));
    if (at >= 0) left.splice(at, 1);
    else right.push(d);
  }
  const [all, some] = [product(left), product(right)];
  if (some === 0) return undefined;
  if (typeof all === 'number' && typeof some === 'number' && all % some !== 0)
    fail(
      `Reshape of ${shapeText(from)} to ${shapeText(to)}: the number of elements is not divisible by the given dims`,
    );
  return over(all, some);
}

const flatten: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const axis = int(call, 'axis', 1);
  if (!from) return [{ shape: [undefined, undefined] }];
  const at = axis < 0 ? axis + from.length : axis;
  if (!(at >= 0 && at <= from.length))
    fail(`Flatten has the axis ${axis}, but ${shapeText(from)} has no such axis`);
  return [{ shape: [product(from.slice(0, at)), product(from.slice(at))] }];
};

const unsqueeze: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const axes = axesIn(call, 1);
  if (!from || !axes || axes === 'absent') return [{}];
  const rank = from.length + axes.length;
  const at = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (at.size !== axes.length) fail(`Unsqueeze names an axis twice: ${axes.join(', ')}`);
  let next = 0;
  const to = Array.from({ length: rank }, (_, i): Size => (at.has(i) ? 1 : from[next++]));
  return [{ shape: to, value: rank <= 1 ? valueIn(call, 0) : undefined }];
};

const squeeze: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const axes = axesIn(call, 1);
  if (!from || axes === undefined) return [{}];
  if (axes === 'absent') {
    // The rank depends on whether an unknown length is 1.
    return from.every((d) => typeof d === 'number')
      ? [{ shape: from.filter((d) => d !== 1), value: valueIn(call, 0) }]
      : [{}];
  }
  const at = new Set(axes.map((axis) => axisOf(axis, from.length)));
  for (const axis of at) {
    const d = from[axis];
    if (typeof d === 'number' && d !== 1)
      fail(`Squeeze removes axis ${axis}, but this axis has length ${d} instead of 1`);
  }
  return [{ shape: from.filter((_, i) => !at.has(i)), value: valueIn(call, 0) }];
};

const transpose: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}];
  const order = ints(call, 'perm') ?? from.map((_, i) => from.length - 1 - i);
  const sound = order.length === from.length && new Set(order).size === order.length;
  if (!sound || order.some((i) => !(i in from)))
    fail(`Transpose of ${shapeText(from)}: perm [${order.join(', ')}] is not a permutation of its axes`);
  return [{ shape: order.map((i) => from[i]) }];
};

const concat: InferenceRule = (call) => {
  const shapes = call.ins.map((_, i) => shapeIn(call, i));
  const rank = shapes.find((s) => s !== undefined)?.length;
  if (rank === undefined) return [{}];
  const axis = axisOf(int(call, 'axis', 1), rank);
  const known = shapes.filter((s) => s !== undefined);
  if (known.some((s) => s.length !== rank))
    fail(`Concat needs inputs of the same rank, but they are ${known.map(shapeText).join(' and ')}`);
  const to = Array.from({ length: rank }, (_, i): Size => {
    if (i === axis) return shapes.reduce((sum: Size, s) => plus(sum, s?.[i]), 0);
    const lengths = known.map((s) => s[i]);
    const numbers = lengths.filter((d) => typeof d === 'number');
    if (new Set(numbers).size > 1)
      fail(
        `Concat along axis ${axis}: its inputs ${known.map(shapeText).join(' and ')} may differ only along this axis, but differ along axis ${i}`,
      );
    return numbers[0] ?? lengths.find((d) => d !== undefined);
  });
  const values = call.ins.map((_, i) => valueIn(call, i));
  const value = rank === 1 && values.every((v) => v !== undefined) ? values.flatMap((v) => v!) : undefined;
  return [{ shape: to, value }];
};

const expand: InferenceRule = (call) => {
  const [from, wanted] = [shapeIn(call, 0), shapeGiven(call, 1)];
  if (!from || !wanted) return [{}];
  const to =
    broadcast([from, wanted]) ?? fail(`Expand cannot broadcast ${shapeText(from)} to ${shapeText(wanted)}`);
  if (to.some((d) => typeof d === 'number' && d < 0))
    fail(`Expand is given the shape ${shapeText(wanted)}, but no length may be negative`);
  const value = valueIn(call, 0);
  const [length] = to;
  const repeated = to.length === 1 && value?.length === 1 && typeof length === 'number' && length <= 64;
  return [{ shape: to, value: repeated ? new Array<Size>(length).fill(value[0]) : undefined }];
};

const tile: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from || call.version < 6) return [{ shape: from?.map(() => undefined) }];
  const repeats = valueIn(call, 1);
  if (repeats && repeats.length !== from.length)
    fail(`Tile of ${shapeText(from)} needs ${counted(from.length, 'repeat')}, but has ${repeats.length}`);
  return [{ shape: from.map((d, i) => times(d, repeats?.[i])) }];
};

const constantOfShape: InferenceRule = (call) => {
  const to = shapeGiven(call, 0);
  if (to?.some((d) => d === -1)) fail('ConstantOfShape is given the length -1, which is not valid');
  const t = call.attribute('value')?.t;
  const filled = t ? call.constant(t) : undefined;
  const length = to?.length === 0 ? 1 : to?.length === 1 ? to[0] : undefined;
  const element = t ? filled?.value?.[0] : 0;
  const value =
    typeof length === 'number' && length <= 64 ? new Array<Size>(length).fill(element) : undefined;
  return [{ dtype: filled?.dtype ?? DT.float, shape: to, value }];
};

const range: InferenceRule = (call) => {
  const [start, limit, delta] = [0, 1, 2].map((i) => valueIn(call, i)?.[0]);
  if (delta === 0) fail('Range has a step of 0, which is not allowed');
  if ([start, limit, delta].every((x) => typeof x === 'number')) {
    const [from, to, by] = [start, limit, delta] as [number, number, number];
    const length = Math.max(Math.ceil((to - from) / by), 0);
    if (!Number.isSafeInteger(length)) return [{ shape: [undefined] }];
    const value = length <= 64 ? Array.from({ length }, (_, i) => from + i * by) : undefined;
    return [{ shape: [length], value }];
  }
  return [{ shape: [delta === 1 ? minus(limit, start) : undefined] }];
};

const constant: InferenceRule = (call) => {
  const t = call.attribute('value')?.t;
  if (t) return [{ whole: call.constant(t) }];
  const [f, i] = [call.attribute('value_float'), call.attribute('value_int')];
  if (f) return [{ dtype: DT.float, shape: [], value: f.f === undefined ? undefined : [f.f] }];
  // If it refers to an attribute that the call does not give, `i` is undefined, so the result is unknown and not 0.
  if (i) return [{ dtype: DT.int64, shape: [], value: [i.i ?? 0] }];
  if (call.attribute('value_string')) return [{ dtype: DT.string, shape: [] }];
  const floats = call.attribute('value_floats');
  if (floats) return [{ dtype: DT.float, shape: [floats.floats.length], value: floats.floats }];
  const whole = call.attribute('value_ints');
  if (whole) return [{ dtype: DT.int64, shape: [whole.ints.length], value: whole.ints }];
  const strings = call.attribute('value_strings');
  if (strings) return [{ dtype: DT.string, shape: [strings.strings.length] }];
  const sparse = call.attribute('sparse_value')?.sparseTensor;
  if (sparse) return [{ dtype: sparse.values?.dataType ?? 0, shape: sparse.dims }];
  return [undefined];
};

/** Moves blocks of elements from depth to space (`up`) or back. */
const blocks =
  (up: boolean): InferenceRule =>
  (call) => {
    const from = shapeIn(call, 0);
    if (!from) return [{}];
    if (from.length !== 4) fail(`${call.op} needs an input with 4 dims, but it is ${shapeText(from)}`);
    const b = int(call, 'blocksize', 1);
    const [n, c, h, w] = from;
    return [
      {
        shape: up
          ? [n, over(c, b * b), times(h, b), times(w, b)]
          : [n, times(c, b * b), over(h, b), over(w, b)],
      },
    ];
  };

/** Random tensors get their shape from an attribute. */
const random: InferenceRule = (call) => [{ dtype: int(call, 'dtype', DT.float), shape: ints(call, 'shape') }];

const sameAs: InferenceRule = (call) => {
  const dtype = int(call, 'dtype', 0) || tensor(call, 0)?.dtype;
  return [{ ...(dtype && { dtype }), shape: shapeIn(call, 0) }];
};

export const SHAPES: InferenceRules = {
  Shape: shape,
  Size: size,
  Reshape: reshape,
  Flatten: flatten,
  Unsqueeze: unsqueeze,
  Squeeze: squeeze,
  Transpose: transpose,
  Concat: concat,
  Expand: expand,
  Tile: tile,
  ConstantOfShape: constantOfShape,
  Range: range,
  Constant: constant,
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  RandomNormal: random,
  RandomUniform: random,
  RandomNormalLike: sameAs,
  RandomUniformLike: sameAs,
  EyeLike: sameAs,
  Bernoulli: sameAs,
};
