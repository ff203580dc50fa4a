/** Element types: the bytes of one element, and the numbers that represent it in literals and in the interpreter. */

export type DType = 'f32' | 'f16' | 'i64' | 'bool' | 'i8' | 'u8';

export const ELEMENT_BYTES: Readonly<Record<DType, number>> = {
  f32: 4,
  f16: 2,
  i64: 8,
  bool: 1,
  i8: 1,
  u8: 1,
};

export const DTYPES = Object.keys(ELEMENT_BYTES) as readonly DType[];

export const IS_ELEMENT: Readonly<Record<DType, (x: number) => boolean>> = {
  f32: (x) => typeof x === 'number',
  f16: (x) => typeof x === 'number',
  i64: Number.isInteger,
  bool: (x) => x === 0 || x === 1,
  i8: (x) => Number.isInteger(x) && x >= -128 && x <= 127,
  u8: (x) => Number.isInteger(x) && x >= 0 && x <= 255,
};

/** The largest finite float16. */
export const LARGEST_HALF = 65504;
/** The smallest positive float16 that is not subnormal. */
export const SMALLEST_HALF = 2 ** -14;
