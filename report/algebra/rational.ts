import { greatestCommonDivisorExact } from '../../compiler/ir/integers.ts';

/** An exact fraction. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A fraction in lowest terms with a positive denominator. The given denominator must not be 0. */
export function rational(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisorExact(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/**
 * The number of decimal places that show this many significant digits of a number below 1. For 0, and for numbers of 1
 * or more, it is `digits − 1`.
 */
export function placesOf({ numerator, denominator }: Rational, digits: number): number {
  let size = numerator < 0n ? -numerator : numerator;
  let places = digits - 1;
  for (; size > 0n && size < denominator; size *= 10n) places++;
  return places;
}

/** More digits than a double distinguishes. */
const DIGITS = 25;

/** The nearest double. It is also precise for very small fractions. */
export function toNumber(a: Rational): number {
  const places = placesOf(a, DIGITS);
  return Number(`${(a.numerator * 10n ** BigInt(places)) / a.denominator}e-${places}`);
}

/** A decimal that is rounded to this many places, without zeros at the end: `2.46`, `16`. */
export function decimal({ numerator, denominator }: Rational, places: number): string {
  const power = 10n ** BigInt(places);
  const rounded = (2n * numerator * power + denominator) / (2n * denominator);
  const fraction = String(rounded % power)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(rounded / power) : `${rounded / power}.${fraction}`;
}
