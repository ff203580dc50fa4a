/** Converts tensors of the file into values. Small tensors keep their elements. */
import { RAW_ELEMENTS } from '../../compiler/onnx/element_types.ts';
import type { Tensor } from '../../compiler/onnx/model.ts';
import { elementsOf, isDtype } from '../sizes.ts';
import { MOST_ELEMENTS, type TensorValue, tensorOf } from './types.ts';

/** The elements of a tensor; undefined if their number is not `count`, or if the decoder did not keep them. */
export function numbersOf(t: Tensor, count: number): readonly number[] | undefined {
  const typed = [t.int64Data, t.int32Data, t.floatData, t.doubleData].find(
    (sizes) => (sizes?.count ?? 0) > 0,
  );
  if (typed) return typed.count === count ? typed.values : undefined;
  const element = RAW_ELEMENTS[t.dataType ?? 0];
  const bytes = t.rawData?.bytes;
  if (!element || bytes?.length !== element.bytes * count) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => Number(element.read(view, i * element.bytes)));
}

export function constantOf(t: Tensor): TensorValue {
  const dtype = isDtype(t.dataType) ? t.dataType : 0;
  const count = elementsOf(t.dims);
  // D640 reports invalid dims.
  if (count === undefined) return tensorOf(dtype);
  const small = t.dims.length <= 1 && count <= MOST_ELEMENTS && RAW_ELEMENTS[dtype] !== undefined;
  return tensorOf(dtype, t.dims, small ? (count === 0 ? [] : numbersOf(t, count)) : undefined);
}
