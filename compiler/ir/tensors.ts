/** Index arithmetic with which ops compute their reference values. It is plain, slow and easy to check. */

import type { DType } from './graph.ts';
import { IrError, type Tensor } from './op.ts';

/** The number of elements of a tensor of this shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const tensor = (dtype: DType, shape: readonly number[], data: ArrayLike<number>): Tensor => ({
  dtype,
  shape,
  data: Float64Array.from(data),
});

/** Makes a tensor whose element at each index is given by a function of the index. */
export function tabulate(
  dtype: DType,
  shape: readonly number[],
  element: (index: readonly number[]) => number,
): Tensor {
  const data = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let at = 0; at < data.length; at++) {
    data[at] = element(index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
  return { dtype, shape, data };
}

/** The element at an index. Leading axes that the tensor lacks, and axes of length 1, are broadcast. */
export function at(t: Tensor, index: readonly number[]): number {
  const skip = index.length - t.shape.length;
  let offset = 0;
  for (let axis = 0; axis < t.shape.length; axis++) {
    const size = t.shape[axis]!;
    offset = offset * size + (size === 1 ? 0 : index[skip + axis]!);
  }
  // A wrong index must not silently read another element, because tests compare with these values.
  const inside = t.shape.every((size, axis) => size === 1 || index[skip + axis]! < size);
  if (!inside) throw new IrError(`index [${index}] is outside [${t.shape}]`);
  return t.data[offset]!;
}

/** The index with the position on one axis replaced. */
export const replaced = (index: readonly number[], axis: number, position: number): readonly number[] =>
  index.map((p, a) => (a === axis ? position : p));

/** Applies `f`, which keeps the length, to every line along `axis`. */
export function alongAxis(
  t: Tensor,
  axis: number,
  f: (line: readonly number[]) => readonly number[],
): Tensor {
  const size = t.shape[axis]!;
  const data = new Float64Array(t.data.length);
  const stride = sizeOf(t.shape.slice(axis + 1));
  for (let start = 0; start < data.length; start++) {
    if (Math.floor(start / stride) % size !== 0) continue;
    const line = Array.from({ length: size }, (_, i) => t.data[start + i * stride]!);
    f(line).forEach((value, i) => {
      data[start + i * stride] = value;
    });
  }
  return { dtype: t.dtype, shape: t.shape, data };
}
