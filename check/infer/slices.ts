/** Operators that cut, pad or resize: Slice, Split, Pad, Resize and Upsample. */
import { counted } from '../rule.ts';
import {
  axisOf,
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  ints,
  numbersIn,
  shapeIn,
  valueIn,
} from './call.ts';
import { largest, minus, overUp, plus, type Shape, type Size, smallest, times } from './types.ts';

/** A bound of this number or more is the end of the axis, because exporters write the largest integer for the end. */
const FAR = 2 ** 31 - 1;

/** Converts a bound into an index of at least `least`. A bound beyond all lengths becomes `far`. */
function bound(at: Size, length: Size, least: number, far: Size): Size {
  if (at === undefined) return undefined;
  if (typeof at === 'number' && at >= FAR) return far;
  if (typeof at === 'number' && at <= -FAR) return least;
  const from = typeof at === 'number' && at < 0 ? plus(length, at) : at;
  if (from === 0) return 0;
  if (typeof from === 'number' && typeof length === 'number') return Math.min(Math.max(from, least), length);
  return smallest(largest(from, least), length);
}

function slicedLength(length: Size, start: Size, end: Size, step: Size): Size {
  if (typeof step !== 'number') return undefined;
  if (step === 0) fail('Slice has a step of 0, which is not allowed');
  if (step < 0) {
    if (typeof start !== 'number' || typeof end !== 'number') return undefined;
    // The slice is the whole axis backwards.
    if (start >= FAR || start === -1) {
      if (end <= -FAR) return overUp(length, -step);
    }
    if (typeof length !== 'number') return undefined;
    const from = Math.min(Math.max(start < 0 ? start + length : start, -1), length - 1);
    const to = Math.min(Math.max(end < 0 ? end + length : end, -1), length - 1);
    return Math.max(Math.ceil((to - from) / step), 0);
  }
  const [from, to] = [bound(start, length, 0, length), bound(end, length, 0, length)];
  const span = minus(to, from);
  if (typeof span === 'number') return Math.max(Math.ceil(span / step), 0);
  // The span of a slice from the beginning or to the end is never negative.
  if (from === 0 || to === length) return overUp(span, step);
  return overUp(largest(span, 0), step);
}

interface Cuts {
  readonly starts: readonly Size[] | undefined;
  readonly ends: readonly Size[] | undefined;
  readonly axes: readonly number[] | undefined;
  readonly steps: readonly Size[] | undefined;
}

function cutsOf(call: Call, rank: number): Cuts {
  const [starts, ends] =
    call.version < 10 ? [ints(call, 'starts'), ints(call, 'ends')] : [valueIn(call, 1), valueIn(call, 2)];
  const axes = call.version < 10 ? ints(call, 'axes') : call.has(3) ? numbersIn(call, 3) : undefined;
  const named = call.version < 10 ? axes !== undefined : call.has(3);
  const count = starts?.length ?? shapeIn(call, 1)?.[0];
  const all =
    typeof count === 'number' ? Array.from({ length: Math.min(count, rank + 1) }, (_, i) => i) : undefined;
  const steps = call.version >= 10 && call.has(4) ? valueIn(call, 4) : starts?.map(() => 1);
  return { starts, ends, axes: named ? axes : all, steps };
}

const slice: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}];
  const { starts, ends, axes, steps } = cutsOf(call, from.length);
  const to: Size[] = [...from];
  if (!axes) return [{ shape: from.map(() => undefined) }];
  if (starts && (starts.length !== axes.length || (ends && ends.length !== starts.length)))
    fail(
      `Slice needs equal numbers of starts, ends and axes, but has ${starts.length}, ${ends?.length ?? '?'} and ${axes.length}`,
    );
  axes.forEach((axis, i) => {
    const at = axisOf(axis, from.length);
    to[at] = slicedLength(from[at], starts?.[i], ends?.[i], steps?.[i]);
  });
  return [{ shape: to, value: slicedValue(call, from, { starts, ends, axes, steps }) }];
};

function slicedValue(
  call: Call,
  from: Shape,
  { starts, ends, axes, steps }: Cuts,
): readonly Size[] | undefined {
  const value = valueIn(call, 0);
  if (!value || from.length !== 1 || axes?.length !== 1) return undefined;
  const [start, end, step] = [starts?.[0], ends?.[0], steps?.[0]];
  if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number' || step < 0) {
    const whole = start === -1 || (typeof start === 'number' && start >= FAR);
    return step === -1 && whole && typeof end === 'number' && end <= -FAR ? value.toReversed() : undefined;
  }
  return value.slice(start, Math.min(end, FAR)).filter((_, i) => i % step === 0);
}

const split: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const n = call.outputs;
  if (!from) return Array.from({ length: n }, () => ({}));
  const axis = axisOf(int(call, 'axis', 0), from.length);
  const asInput = call.version >= 13;
  const given = asInput ? valueIn(call, 1) : ints(call, 'split');
  const length = from[axis];
  if (given) {
    if (given.length !== n && typeof length === 'number')
      fail(`Split has ${counted(given.length, 'part')}, but ${counted(n, 'output')}`);
    const sum = given.reduce((a: Size, b) => plus(a, b), 0);
    if (typeof sum === 'number' && typeof length === 'number' && sum !== length)
      fail(`Split has parts that sum to ${sum}, but the axis has length ${length}`);
    return Array.from({ length: n }, (_, i) => ({ shape: from.with(axis, given[i]) }));
  }
  if (asInput && call.has(1)) return Array.from({ length: n }, () => ({ shape: from.with(axis, undefined) }));
  const part = typeof length === 'number' ? Math.ceil(length / n) : overUp(length, n);
  return Array.from({ length: n }, (_, i) => ({
    // The last part may be shorter.
    shape: from.with(
      axis,
      typeof length === 'number' && typeof part === 'number' && i === n - 1 ? length - part * (n - 1) : part,
    ),
  }));
};

const pad: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}];
  const pads =
    call.version < 2 ? ints(call, 'paddings') : call.version < 11 ? ints(call, 'pads') : valueIn(call, 1);
  const axes = call.version >= 18 && call.has(3) ? numbersIn(call, 3) : from.map((_, i) => i);
  if (!pads || !axes) return [{ shape: from.map(() => undefined) }];
  if (pads.length !== 2 * axes.length)
    fail(
      `Pad of ${axes.length === 1 ? '1 axis' : `${axes.length} axes`} needs ${2 * axes.length} pads, but has ${pads.length}`,
    );
  const to = [...from];
  axes.forEach((axis, i) => {
    const at = axisOf(axis, from.length);
    to[at] = plus(to[at], pads[i], pads[i + axes.length]);
  });
  return [{ shape: to }];
};

/** A scaled length, which ONNX defines as `floor(length × scale)`. */
const scaled = (d: Size, scale: Size): Size => {
  if (typeof scale !== 'number') return undefined;
  if (typeof d === 'number') return Math.floor(d * scale);
  return Number.isInteger(scale) ? times(d, scale) : undefined;
};

const resize: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}];
  const [scalesAt, sizesAt] = call.op === 'Upsample' || call.version < 11 ? [1, -1] : [2, 3];
  const named = ints(call, 'axes')?.map((axis) => axisOf(axis, from.length)) ?? from.map((_, i) => i);
  const to: Size[] = [...from];
  const asGiven = (call.attribute('keep_aspect_ratio_policy')?.s?.length ?? 7) === 7;
  const sizes = sizesAt > 0 && call.has(sizesAt) ? (valueIn(call, sizesAt) ?? []) : undefined;
  const scales =
    call.op === 'Upsample' && call.version < 9 ? call.attribute('scales')?.floats : valueIn(call, scalesAt);
  named.forEach((axis, i) => {
    if (sizes) to[axis] = asGiven ? sizes[i] : undefined;
    else to[axis] = scaled(from[axis], scales?.[i]);
  });
  return [{ shape: to }];
};

export const SLICES: InferenceRules = {
  Slice: slice,
  Split: split,
  Pad: pad,
  Resize: resize,
  Upsample: resize,
};
