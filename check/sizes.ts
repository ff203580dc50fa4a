/** Element types by TensorProto.DataType, with their names and sizes, and the bytes that tensors take. */
import type { Tensor } from '../compiler/onnx/model.ts';

/** The name and the bits of each element type; strings have no fixed size. */
const BITS: readonly (readonly [name: string, bits: number])[] = [
  ['undefined', 0],
  ['float', 32],
  ['uint8', 8],
  ['int8', 8],
  ['uint16', 16],
  ['int16', 16],
  ['int32', 32],
  ['int64', 64],
  ['string', 0],
  ['bool', 8],
  ['float16', 16],
  ['double', 64],
  ['uint32', 32],
  ['uint64', 64],
  ['complex64', 64],
  ['complex128', 128],
  ['bfloat16', 16],
  ['float8e4m3fn', 8],
  ['float8e4m3fnuz', 8],
  ['float8e5m2', 8],
  ['float8e5m2fnuz', 8],
  ['uint4', 4],
  ['int4', 4],
  ['float4e2m1', 4],
  ['float8e8m0', 8],
  ['uint2', 2],
  ['int2', 2],
  ['float6e2m3', 6],
  ['float6e3m2', 6],
];

export const DT = {
  float: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  double: 11,
} as const;

export const isDtype = (dtype: number | undefined): dtype is number =>
  dtype !== undefined && Number.isInteger(dtype) && dtype > 0 && dtype < BITS.length;

export const dtypeText = (dtype: number | undefined): string =>
  isDtype(dtype) ? BITS[dtype]![0] : `type ${dtype ?? 0}`;

/** The product of dims; undefined if one is negative or the product is too large to be exact. */
export function elementsOf(dims: readonly number[]): number | undefined {
  if (dims.some((d) => !(d >= 0))) return undefined;
  const product = dims.reduce((a, b) => a * b, 1);
  // A dim of 0 does not make the others harmless: a reader may multiply those first.
  const rest = dims.filter((d) => d > 0).reduce((a, b) => a * b, 1);
  return Number.isSafeInteger(rest) ? product : undefined;
}

/** The bytes of this many elements, packed if an element is smaller than a byte. Undefined for strings. */
export const bytesFor = (dtype: number, elements: number): number | undefined =>
  dtype === DT.string || !isDtype(dtype) ? undefined : Math.ceil((elements * BITS[dtype]![1]) / 8);

export const bitsOf = (dtype: number): number => BITS[dtype]?.[1] ?? 0;

export function bytesOfTensor({ dims, dataType }: Tensor): number | undefined {
  const elements = elementsOf(dims);
  return elements === undefined || dataType === undefined ? undefined : bytesFor(dataType, elements);
}

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A value that takes this many bytes is absurd: no machine has room for it. */
export const ABSURD_BYTES = 2 ** 40;

/** Formats bytes: `3.5 MB`. */
export function sizeText(bytes: number): string {
  let [size, unit] = [bytes, 0];
  while (size >= 1024 && unit < UNITS.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${UNITS[unit]}`;
}
