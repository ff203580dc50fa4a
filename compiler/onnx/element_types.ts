/**
 * ONNX's element types (TensorProto.DataType): their numbers, names and sizes, and the fields that contain their
 * elements.
 */
import type { onnx } from 'onnx-proto';
import type { DType } from '../ir/dtype.ts';
import type { EnumNumbers } from './enums.ts';

/** The field of a tensor that contains its elements if they are not raw bytes. */
export type DataField = 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data' | 'stringData';

/** The number of a type, the bits of one element (0 where they vary, as for strings), and the field of its elements. */
type TypeRow = readonly [number: number, bits: number, field?: DataField];

/** Requires that all types of onnx-proto have the same numbers here; otherwise this file does not compile. */
type SameNumbers = {
  readonly [N in keyof Numbers]: readonly [Numbers[N], ...unknown[]];
};

type Numbers = EnumNumbers<typeof onnx.TensorProto.DataType>;

const TYPES = {
  undefined: [0, 0],
  float: [1, 32, 'floatData'],
  uint8: [2, 8, 'int32Data'],
  int8: [3, 8, 'int32Data'],
  uint16: [4, 16, 'int32Data'],
  int16: [5, 16, 'int32Data'],
  int32: [6, 32, 'int32Data'],
  int64: [7, 64, 'int64Data'],
  string: [8, 0, 'stringData'],
  bool: [9, 8, 'int32Data'],
  float16: [10, 16, 'int32Data'],
  double: [11, 64, 'doubleData'],
  uint32: [12, 32, 'uint64Data'],
  uint64: [13, 64, 'uint64Data'],
  complex64: [14, 64, 'floatData'],
  complex128: [15, 128, 'doubleData'],
  bfloat16: [16, 16, 'int32Data'],
  float8e4m3fn: [17, 8, 'int32Data'],
  float8e4m3fnuz: [18, 8, 'int32Data'],
  float8e5m2: [19, 8, 'int32Data'],
  float8e5m2fnuz: [20, 8, 'int32Data'],
  uint4: [21, 4, 'int32Data'],
  int4: [22, 4, 'int32Data'],
  float4e2m1: [23, 4, 'int32Data'],
  float8e8m0: [24, 8, 'int32Data'],
  uint2: [25, 2, 'int32Data'],
  int2: [26, 2, 'int32Data'],
  float6e2m3: [27, 6, 'int32Data'],
  float6e3m2: [28, 6, 'int32Data'],
} as const satisfies Readonly<Record<string, TypeRow>> & SameNumbers;

type Name = keyof typeof TYPES;

interface ElementType {
  readonly name: string;
  readonly bits: number;
  readonly field: DataField | undefined;
}

const BY_NUMBER: readonly ElementType[] = Object.entries<TypeRow>(TYPES).map(([name, [, bits, field]]) => ({
  name,
  bits,
  field,
}));

/** The number of each type by its name. */
export const DT = Object.fromEntries(Object.entries(TYPES).map(([name, [number]]) => [name, number])) as {
  readonly [N in Name]: (typeof TYPES)[N][0];
};

/** The numbers of the types that the compiler writes. */
export const ONNX_DTYPE: Readonly<Record<DType, number>> = {
  f32: DT.float,
  f16: DT.float16,
  i64: DT.int64,
  bool: DT.bool,
  i8: DT.int8,
  u8: DT.uint8,
};

/** Whether a number identifies an element type. 0 does not, because it means that the type is undefined. */
export const isElementType = (number: number | undefined): number is number =>
  number !== undefined && number > 0 && BY_NUMBER[number] !== undefined;

/** The name of a type in lower case, such as `float` for 1. */
export const elementTypeName = (number: number): string => BY_NUMBER[number]?.name ?? '?';

export const elementBits = (number: number): number => BY_NUMBER[number]?.bits ?? 0;

export const dataFieldOf = (number: number): DataField | undefined => BY_NUMBER[number]?.field;

export interface RawElement {
  readonly bytes: number;
  /** Reads one element. Raw data is little endian. */
  readonly read: (view: DataView, at: number) => number | bigint;
}

/** How to read one element of raw data, for the types whose elements are plain numbers. */
export const RAW_ELEMENTS: Readonly<Record<number, RawElement>> = {
  [DT.float]: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  [DT.uint8]: { bytes: 1, read: (view, at) => view.getUint8(at) },
  [DT.int8]: { bytes: 1, read: (view, at) => view.getInt8(at) },
  [DT.int32]: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  [DT.int64]: { bytes: 8, read: (view, at) => view.getBigInt64(at, true) },
  [DT.bool]: { bytes: 1, read: (view, at) => view.getUint8(at) },
  [DT.double]: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};
