/** Element types by TensorProto.DataType, with their names and sizes, and the bytes that tensors take. */
import { DT, elementBits, elementTypeName, isElementType } from '../compiler/onnx/element_types.ts';
import type { Tensor } from '../compiler/onnx/model.ts';

export { DT } from '../compiler/onnx/element_types.ts';

export const isDtype = isElementType;

export const dtypeText = (dtype: number | undefined): string =>
  isElementType(dtype) ? elementTypeName(dtype) : `type ${dtype ?? 0}`;

/** The product of dims; undefined if one is negative or the product is too large to be exact. */
export function elementsOf(dims: readonly number[]): number | undefined {
  if (dims.some((d) => !(d >= 0))) return undefined;
  const product = dims.reduce((a, b) => a * b, 1);
  // A dim of 0 does not make large dims harmless, because a reader may multiply the large dims first.
  const rest = dims.filter((d) => d > 0).reduce((a, b) => a * b, 1);
  return Number.isSafeInteger(rest) ? product : undefined;
}

/** The number of bytes of this many elements; undefined for strings. Elements smaller than a byte are packed. */
export const bytesFor = (dtype: number, elements: number): number | undefined =>
  dtype === DT.string || !isElementType(dtype) ? undefined : Math.ceil((elements * elementBits(dtype)) / 8);

export function bytesOfTensor({ dims, dataType }: Tensor): number | undefined {
  const elements = elementsOf(dims);
  return elements === undefined || dataType === undefined ? undefined : bytesFor(dataType, elements);
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A value that takes this many bytes or more is reported, because no machine has room for it. */
export const ABSURD_BYTES = 2 ** 40;

/** Formats bytes: `3.5 MB`. */
export function sizeText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${UNITS[unit]}`;
}
