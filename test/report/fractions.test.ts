/** Compares exact fractions with cross-multiplied integers. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  add,
  compare,
  decimalText,
  divide,
  fits,
  fromDecimal,
  magnitude,
  multiply,
  negate,
  type Rational,
  subtract,
} from '../../report/algebra/fractions.ts';
import { rational } from '../../report/algebra/rational.ts';

const big = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n });
const nonZero = big.filter((x) => x !== 0n);
const pair = fc.tuple(big, nonZero);

/** Whether a fraction equals n/d. */
const is = ({ numerator, denominator }: Rational, n: bigint, d: bigint): boolean =>
  numerator * d === n * denominator;

test('arithmetic is that of fractions', () => {
  fc.assert(
    fc.property(pair, pair, ([a, b], [c, d]) => {
      const [x, y] = [rational(a, b), rational(c, d)];
      expect(is(add(x, y), a * d + c * b, b * d)).toBe(true);
      expect(is(subtract(x, y), a * d - c * b, b * d)).toBe(true);
      expect(is(multiply(x, y), a * c, b * d)).toBe(true);
      expect(is(negate(x), -a, b)).toBe(true);
      const quotient = divide(x, y);
      if (c === 0n) expect(quotient).toBeUndefined();
      else expect(is(quotient!, a * d, b * c)).toBe(true);
      // Compares a/b with c/d, where each of the numbers may be negative.
      const [left, right] = b * d > 0n ? [a * d, c * b] : [c * b, a * d];
      expect(compare(x, y)).toBe(left < right ? -1 : left > right ? 1 : 0);
    }),
  );
});

test('equal fractions are equal data with positive denominators', () => {
  fc.assert(
    fc.property(pair, nonZero, ([a, b], k) => {
      const x = rational(a, b);
      expect(rational(a * k, b * k)).toEqual(x);
      expect(x.denominator > 0n).toBe(true);
      expect(magnitude(x)).toEqual(magnitude(negate(x)));
    }),
  );
});

test('a decimal is read to its last digit', () => {
  expect(fromDecimal('0.1')).toEqual({ numerator: 1n, denominator: 10n });
  expect(fromDecimal('-12.50')).toEqual({ numerator: -25n, denominator: 2n });
  expect(fromDecimal('1e+21')).toEqual({ numerator: 10n ** 21n, denominator: 1n });
  expect(fromDecimal('2.5e-7')).toEqual({ numerator: 1n, denominator: 4_000_000n });
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
      const { numerator, denominator } = fromDecimal(String(x));
      // JavaScript reads the decimal back as the same number.
      const digits = (numerator * 10n ** 330n) / denominator;
      expect(Number(`${digits}e-330`)).toBe(x === 0 ? 0 : x);
    }),
  );
});

test('texts are rounded and grouped, without zeros at the end', () => {
  const text = (n: bigint, d: bigint, places: number) => decimalText(rational(n, d), places);
  expect(text(39n, 16n, 6)).toBe('2.4375');
  expect(text(32n, 13n, 3)).toBe('2.462');
  expect(text(-32n, 13n, 0)).toBe('−2');
  expect(text(-1n, 1000n, 1)).toBe('0');
  expect(text(123_818_502n, 1n, 4)).toBe('123_818_502');
  expect(text(5n, 10n, 0)).toBe('1');
  expect(text(10n ** 30n, 1n, 0)).toBe('1_000_000_000_000_000_000_000_000_000_000');
  expect([fits(rational(1n, 8n), 3), fits(rational(1n, 8n), 2), fits(rational(1n, 3n), 9)]).toEqual([
    true,
    false,
    false,
  ]);
});
