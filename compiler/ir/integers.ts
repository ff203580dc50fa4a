/** Arithmetic of integers. */

/** The largest integer that divides both a and b; it is |b| if a is 0. It is never negative. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestCommonDivisor(b, a % b);
}

/** The greatest common divisor of integers of any size, which exact fractions need. */
export function greatestCommonDivisorExact(a: bigint, b: bigint): bigint {
  if (b !== 0n) return greatestCommonDivisorExact(b, a % b);
  return a < 0n ? -a : a;
}

/** The smallest positive number that is a multiple of all these numbers; 1 for an empty list. */
export const leastCommonMultiple = (numbers: readonly number[]): number =>
  numbers.reduce((a, b) => (a * b) / greatestCommonDivisor(a, b), 1);
