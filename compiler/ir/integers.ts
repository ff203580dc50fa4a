/** Arithmetic of whole numbers. */

/** The largest number that divides both, never negative; of 0 and b it is |b|. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);
}

/** The same of integers without bound, for exact fractions. */
export function greatestCommonDivisorExact(a: bigint, b: bigint): bigint {
  if (b !== 0n) return greatestCommonDivisorExact(b, a % b);
  return a < 0n ? -a : a;
}

/** The smallest number that all of them divide; 1 of none. */
export const leastCommonMultiple = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b), 1);
