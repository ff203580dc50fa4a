/** What operators that gather and scatter elements demand of their indices and updates. */

import { fail, int, shapeIn } from './call.ts';
import type { Demand } from './demands.ts';
import { between } from './operands.ts';
import { numbersDiffer, product, shapeText } from './types.ts';

/** The indices of a scatter must not be longer than the data, and each index needs one update. */
const scatteredElements: Demand = (call) => {
  const [data, indices, updates] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  if (
    indices &&
    updates &&
    (indices.length !== updates.length || indices.some((d, i) => numbersDiffer(d, updates[i])))
  )
    fail(`${call.op} has indices of shape ${shapeText(indices)}, but updates of shape ${shapeText(updates)}`);
  shorterThanData(call);
  if (data && indices && data.length !== indices.length)
    fail(
      `${call.op} needs data and indices of the same rank, but they are ${shapeText(data)} and ${shapeText(indices)}`,
    );
};

const shorterThanData: Demand = (call) => {
  const [data, indices] = [shapeIn(call, 0), shapeIn(call, 1)];
  if (!data || !indices || data.length !== indices.length) return;
  const axis = int(call, 'axis', 0);
  const at = axis < 0 ? axis + data.length : axis;
  indices.forEach((d, i) => {
    const most = data[i];
    if (i !== at && typeof d === 'number' && typeof most === 'number' && d > most)
      fail(
        `${call.op}: the indices ${shapeText(indices)} are longer than the data ${shapeText(data)} along axis ${i}`,
      );
  });
  if (data[at] === 0 && !indices.includes(0) && indices.every((d) => typeof d === 'number'))
    fail(`${call.op} has indices, but the data ${shapeText(data)} has no elements along axis ${axis}`);
};

const scatteredND: Demand = (call) => {
  const [data, indices, updates] = [shapeIn(call, 0), shapeIn(call, 1), shapeIn(call, 2)];
  if (!data || !indices) return;
  if (data.length === 0 || indices.length === 0)
    fail(
      `${call.op} needs data and indices with at least 1 dim, but they are ${shapeText(data)} and ${shapeText(indices)}`,
    );
  const each = indices.at(-1);
  if (typeof each !== 'number') return;
  const empty = data.slice(0, each).includes(0);
  if (empty && indices.every((d) => typeof d === 'number' && d > 0))
    fail(`${call.op} has indices, but the data ${shapeText(data)} has no elements`);
  if (each > data.length)
    fail(`${call.op}: each index has ${each} numbers, but the data is ${shapeText(data)}`);
  const wanted = [...indices.slice(0, -1), ...data.slice(each)];
  if (updates && (updates.length !== wanted.length || updates.some((d, i) => numbersDiffer(d, wanted[i]))))
    fail(`${call.op} needs updates of shape ${shapeText(wanted)}, but they are ${shapeText(updates)}`);
};

/** The first axes of data and indices are a batch, and must have the same lengths. */
const batches: Demand = (call) => {
  const [data, indices] = [shapeIn(call, 0), shapeIn(call, 1)];
  const n = int(call, 'batch_dims', 0);
  if (!data || !indices) return;
  if (n > 0 && (n >= data.length || n >= indices.length))
    fail(`${call.op} has ${n} batch dims, but its inputs are ${shapeText(data)} and ${shapeText(indices)}`);
  // ONNX Runtime also takes several batches of indices for one batch of data.
  const [of, by] = [product(data.slice(0, n)), product(indices.slice(0, n))];
  if (typeof of === 'number' && typeof by === 'number' && !indices.includes(0) && by % of !== 0)
    fail(
      `${call.op} needs inputs of the same batch, but they are ${shapeText(data)} and ${shapeText(indices)}`,
    );
  const each = indices.at(-1);
  if (typeof each !== 'number' || !data.slice(n, n + each).includes(0)) return;
  if (indices.every((d) => typeof d === 'number' && d > 0))
    fail(`${call.op} has indices, but the data ${shapeText(data)} has no elements`);
};

export const SCATTERS: Readonly<Record<string, readonly Demand[]>> = {
  GatherElements: [shorterThanData],
  GatherND: [between('batch_dims', 0), batches],
  ScatterElements: [scatteredElements],
  ScatterND: [scatteredND],
};
