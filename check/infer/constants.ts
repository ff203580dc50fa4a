/** Tensors of the file as values. Small ones keep their elements. */
import type { Tensor } from '../../compiler/onnx/model.ts';
import { DT, elementsOf, isDtype } from '../sizes.ts';
import { MOST_ELEMENTS, type TensorValue, tensorOf } from './types.ts';

type Read = readonly [width: number, read: (view: DataView, at: number) => number];

/** How to read an element of raw data, which is little-endian. */
const RAW: Readonly<Record<number, Read>> = {
  [DT.float]: [4, (view, at) => view.getFloat32(at, true)],
  [DT.double]: [8, (view, at) => view.getFloat64(at, true)],
  [DT.int64]: [8, (view, at) => Number(view.getBigInt64(at, true))],
  [DT.int32]: [4, (view, at) => view.getInt32(at, true)],
  [DT.int8]: [1, (view, at) => view.getInt8(at)],
  [DT.uint8]: [1, (view, at) => view.getUint8(at)],
  [DT.bool]: [1, (view, at) => view.getUint8(at)],
};

/** The elements of a tensor with `count` of them, if the reader of the file has kept them. */
export function numbersOf(t: Tensor, count: number): readonly number[] | undefined {
  const typed = [t.int64Data, t.int32Data, t.floatData, t.doubleData].find(
    (sizes) => (sizes?.count ?? 0) > 0,
  );
  if (typed) return typed.count === count ? typed.values : undefined;
  const [width, read] = RAW[t.dataType ?? 0] ?? [];
  const bytes = t.raw?.bytes;
  if (width === undefined || !read || bytes?.length !== width * count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => read(view, i * width));
}

export function constantOf(t: Tensor): TensorValue {
  const dtype = isDtype(t.dataType) ? t.dataType : 0;
  const count = elementsOf(t.dims);
  // D640 reports invalid dims.
  if (count === undefined) return tensorOf(dtype);
  const small = t.dims.length <= 1 && count <= MOST_ELEMENTS && RAW[dtype] !== undefined;
  return tensorOf(dtype, t.dims, small ? (count === 0 ? [] : numbersOf(t, count)) : undefined);
}
