/**
 * Exact arithmetic with fractions. A fraction is in lowest terms with a positive denominator, so equal numbers have
 * equal fields.
 */
import { grouped } from '../../dsl/grouped.ts';
import { type Rational, rational } from './rational.ts';

export type { Rational } from './rational.ts';

export const whole = (value: bigint | number): Rational => ({ numerator: BigInt(value), denominator: 1n });

export const NOTHING: Rational = whole(0);

/** The exact value of a decimal as JavaScript writes numbers: `0.1`, `1e+21`, `2.5e-7`. */
export function fromDecimal(text: string): Rational {
  const [, sign = '', int = '0', places = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(sign + int + places);
  const power = Number(exponent) - places.length;
  return power >= 0 ? whole(digits * 10n ** BigInt(power)) : rational(digits, 10n ** BigInt(-power));
}

export const negate = ({ numerator, denominator }: Rational): Rational => ({
  numerator: -numerator,
  denominator,
});

export const add = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);

export const subtract = (a: Rational, b: Rational): Rational => add(a, negate(b));

export const multiply = (a: Rational, b: Rational): Rational =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator);

/** a / b, or undefined if b is 0. */
export const divide = (a: Rational, b: Rational): Rational | undefined =>
  b.numerator === 0n ? undefined : rational(a.numerator * b.denominator, a.denominator * b.numerator);

/** −1, 0 or 1 if a is less than, equal to or greater than b. */
export const compare = (a: Rational, b: Rational): -1 | 0 | 1 => {
  const { numerator } = subtract(a, b);
  return numerator < 0n ? -1 : numerator > 0n ? 1 : 0;
};

export const magnitude = (a: Rational): Rational => (a.numerator < 0n ? negate(a) : a);

/** The decimal with at most this many places, rounded half away from zero, without zeros at the end. */
export function decimalText(a: Rational, places: number): string {
  const scale = 10n ** BigInt(places);
  const { numerator, denominator } = magnitude(a);
  const digits = String((2n * numerator * scale + denominator) / (2n * denominator)).padStart(
    places + 1,
    '0',
  );
  const split = digits.length - places;
  const fraction = digits.slice(split).replace(/0+$/, '');
  const int = grouped(digits.slice(0, split));
  const text = fraction === '' ? int : `${int}.${fraction}`;
  return a.numerator < 0n && text !== '0' ? `−${text}` : text;
}

/** Whether the decimal with this many places is exact. */
export const fits = ({ numerator, denominator }: Rational, places: number): boolean =>
  (numerator * 10n ** BigInt(places)) % denominator === 0n;
