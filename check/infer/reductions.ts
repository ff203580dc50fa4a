/** Operators that remove axes, or reduce them to a length of 1. */
import { DT } from '../sizes.ts';
import {
  axesIn,
  axisOf,
  type Call,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  shapeIn,
  valueIn,
} from './call.ts';
import { largest, plus, type Shape, type Size, shapeText, smallest, times } from './types.ts';

const FOLD: Readonly<Record<string, (a: Size, b: Size) => Size>> = {
  ReduceSum: plus,
  ReduceProd: times,
  ReduceMax: largest,
  ReduceMin: smallest,
};

/** The reduction of a vector of lengths, such as the number of elements of a shape. */
function folded(call: Call, from: Shape): readonly Size[] | undefined {
  const value = valueIn(call, 0);
  const fold = FOLD[call.op];
  return fold && value && value.length > 0 && from.length === 1
    ? [value.slice(1).reduce((a: Size, b) => fold(a, b), value[0])]
    : undefined;
}

const reduce: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}];
  const keep = int(call, 'keepdims', 1) === 1;
  const axes = axesIn(call, 1);
  if (axes === undefined) return [{ shape: keep ? from.map(() => undefined) : undefined }];
  const named = axes === 'absent' ? [] : axes;
  const nothing = named.length === 0 && int(call, 'noop_with_empty_axes', 0) === 1;
  if (nothing) return [{ shape: from }];
  const at = new Set(named.length > 0 ? named.map((axis) => axisOf(axis, from.length)) : from.keys());
  const to = keep ? from.map((d, i) => (at.has(i) ? 1 : d)) : from.filter((_, i) => !at.has(i));
  return [{ shape: to, value: at.size === from.length ? folded(call, from) : undefined }];
};

const argument: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{ dtype: DT.int64 }];
  const axis = axisOf(int(call, 'axis', 0), from.length);
  if (from[axis] === 0) fail(`${call.op} of ${shapeText(from)}: axis ${axis} has no elements`);
  const shape = int(call, 'keepdims', 1) === 1 ? from.with(axis, 1) : from.toSpliced(axis, 1);
  return [{ dtype: DT.int64, shape }];
};

export const REDUCTIONS: InferenceRules = {
  ...Object.fromEntries(
    ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'Sum', 'SumSquare'].map((name) => [
      `Reduce${name}`,
      reduce,
    ]),
  ),
  ArgMax: argument,
  ArgMin: argument,
};
