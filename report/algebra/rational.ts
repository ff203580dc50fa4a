/** Exact quotients of counts, as decimals only when they are shown. */

import { greatestCommonDivisorExact } from '../../compiler/ir/integers.ts';

export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** In lowest terms, with a positive denominator: equal numbers are equal data. The denominator must not be 0. */
export function rational(numerator: bigint, denominator: bigint): Rational {
  const divisor = greatestCommonDivisorExact(numerator, denominator) * (denominator < 0n ? -1n : 1n);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

/** Decimal places that show so many digits of a number from its first that is not 0; of what is 0, or more than 1, fewer. */
export function placesOf({ numerator, denominator }: Rational, digits: number): number {
  let size = numerator < 0n ? -numerator : numerator;
  let places = digits - 1;
  for (; size > 0n && size < denominator; size *= 10n) places++;
  return places;
}

/** More than a double can tell apart. */
const DIGITS = 25;

/** The nearest double, of what is next to nothing too. */
export function toNumber(a: Rational): number {
  const places = placesOf(a, DIGITS);
  return Number(`${(a.numerator * 10n ** BigInt(places)) / a.denominator}e-${places}`);
}

/** Rounded to that many places, zeros at the end left out: `2.46`, `16`. */
export function decimal({ numerator, denominator }: Rational, places: number): string {
  const power = 10n ** BigInt(places);
  const rounded = (2n * numerator * power + denominator) / (2n * denominator);
  const fraction = String(rounded % power)
    .padStart(places, '0')
    .replace(/0+$/, '');
  return fraction === '' ? String(rounded / power) : `${rounded / power}.${fraction}`;
}
