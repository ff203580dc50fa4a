/** Operators that select elements: by index, by rank or by value. */

import { counted } from '../rule.ts';
import {
  axisOf,
  fail,
  type InferenceRule,
  type InferenceRules,
  int,
  numbersIn,
  shapeIn,
  valueIn,
} from './call.ts';
import { type Size, shapeText } from './types.ts';

const gather: InferenceRule = (call) => {
  const [data, indices] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!data) return [{}];
  const axis = axisOf(int(call, 'axis', 0), data.length);
  const length = data[axis];
  const picks = numbersIn(call, 1);
  const beyond = picks?.find((i) => typeof length === 'number' && (i < -length || i >= length));
  if (beyond !== undefined)
    fail(`Gather reads index ${beyond} of ${shapeText(data)} along axis ${axis}, which is out of range`);
  if (!indices) return [{}];
  if (length === 0 && !indices.includes(0) && indices.every((d) => typeof d === 'number'))
    fail(`Gather reads ${shapeText(data)} along axis ${axis}, which has no elements`);
  const value = valueIn(call, 0);
  const taken = data.length === 1 && indices.length <= 1 && value && picks?.map((i) => value.at(i));
  return [
    { shape: [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)], value: taken || undefined },
  ];
};

const gatherElements: InferenceRule = (call) => {
  const [data, indices] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (data && indices && data.length !== indices.length)
    fail(
      `${call.op} needs data and indices of the same rank, but they are ${shapeText(data)} and ${shapeText(indices)}`,
    );
  return [{ shape: indices }];
};

const gatherND: InferenceRule = (call) => {
  const [data, indices] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!data || !indices) return [{}];
  const batch = int(call, 'batch_dims', 0);
  const last = indices.at(-1);
  if (indices.length === 0) fail('GatherND needs indices with at least 1 dim, but they are a scalar');
  if (typeof last !== 'number') return [{}];
  if (batch + last > data.length) {
    const after = batch > 0 ? ` after ${counted(batch, 'batch dim')}` : '';
    fail(`GatherND: each index has ${counted(last, 'number')}${after}, but the data is ${shapeText(data)}`);
  }
  return [{ shape: [...indices.slice(0, -1), ...data.slice(batch + last)] }];
};

const oneHot: InferenceRule = (call) => {
  const indices = shapeIn(call, 0);
  if (!indices) return [{}];
  const depth = valueIn(call, 1)?.[0];
  const axis = axisOf(int(call, 'axis', -1), indices.length + 1);
  return [{ shape: indices.toSpliced(axis, 0, depth) }];
};

const topK: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  if (!from) return [{}, {}];
  const axis = axisOf(int(call, 'axis', -1), from.length);
  const k: Size = call.version < 10 ? int(call, 'k', 0) : valueIn(call, 1)?.[0];
  const length = from[axis];
  if (typeof k === 'number' && typeof length === 'number' && (k < 0 || k > length))
    fail(`TopK selects ${k} of ${counted(length, 'element')}`);
  const to = from.with(axis, k);
  return [{ shape: to }, { shape: to }];
};

const nonZero: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  // A scalar counts as a vector of one element.
  return [{ shape: [from && Math.max(from.length, 1), undefined] }];
};

const compress: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const axis = call.attribute('axis')?.i;
  if (axis === undefined) return [{ shape: [undefined] }];
  return [{ shape: from?.with(axisOf(axis, from.length), undefined) }];
};

const unique: InferenceRule = (call) => {
  const from = shapeIn(call, 0);
  const axis = call.attribute('axis')?.i;
  const first = axis === undefined ? [undefined] : from?.with(axisOf(axis, from.length), undefined);
  return [{ shape: first }, { shape: [undefined] }, { shape: [undefined] }, { shape: [undefined] }];
};

const nonMaxSuppression: InferenceRule = () => [{ shape: [undefined, 3] }];

export const PICKS: InferenceRules = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  OneHot: oneHot,
  TopK: topK,
  NonZero: nonZero,
  Compress: compress,
  Unique: unique,
  NonMaxSuppression: nonMaxSuppression,
};
