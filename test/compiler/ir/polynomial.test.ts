/** Compares polynomials and rationals with plain BigInt arithmetic. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { add, ceilDiv, type Dim, min, mul } from '../../../compiler/ir/dim.ts';
import {
  constant,
  evaluatePolynomial,
  type Polynomial,
  polynomialText,
  product,
  replace,
  scale,
  sum,
  times,
  ZERO,
} from '../../../compiler/ir/polynomial.ts';
import { decimal, rational, toNumber } from '../../../report/algebra/rational.ts';
import { formulaText } from '../../../report/algebra/symbols.ts';
import { effort } from '../../effort.ts';

const RUNS = { numRuns: effort(300, 3000) };

/** A polynomial, and its expected value for values of its symbols. */
interface Pair {
  readonly p: Polynomial;
  readonly value: (at: ReadonlyMap<string, number>) => bigint;
}

const SYMBOLS = ['n', 't', 'B'];
const values = fc
  .tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e6))
  .map((all) => new Map(SYMBOLS.map((name, i) => [name, all[i]!])));

const big = (x: number): bigint => BigInt(x);
const leaves: fc.Arbitrary<Pair> = fc.oneof(
  fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }).map((c): Pair => ({ p: constant(c), value: () => c })),
  fc.constantFrom(...SYMBOLS).map((s): Pair => ({ p: times(s), value: (at) => big(at.get(s)!) })),
  fc
    .tuple(fc.constantFrom(...SYMBOLS), fc.integer({ min: 1, max: 9 }))
    .map(([s, m]): Pair => ({ p: times(min(s, m)), value: (at) => big(Math.min(at.get(s)!, m)) })),
  fc.tuple(fc.constantFrom(...SYMBOLS), fc.integer({ min: 2, max: 9 })).map(
    ([s, m]): Pair => ({
      p: times(ceilDiv(s, m), s),
      value: (at) => big(Math.ceil(at.get(s)! / m)) * big(at.get(s)!),
    }),
  ),
);

const pairs: fc.Arbitrary<Pair> = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4 },
    leaves,
    fc
      .tuple(tie('pair'), tie('pair'))
      .map(([x, y]): Pair => ({ p: sum(x.p, y.p), value: (at) => x.value(at) + y.value(at) })),
    fc
      .tuple(tie('pair'), tie('pair'))
      .map(([x, y]): Pair => ({ p: product(x.p, y.p), value: (at) => x.value(at) * y.value(at) })),
    fc
      .tuple(tie('pair'), fc.integer({ min: -9, max: 9 }))
      .map(([x, by]): Pair => ({ p: scale(x.p, by), value: (at) => x.value(at) * big(by) })),
  ),
})).pair;

describe('polynomials', () => {
  test('evaluate to the values of their parts', () => {
    fc.assert(
      fc.property(pairs, values, ({ p, value }, at) => {
        expect(evaluatePolynomial(p, at)).toBe(value(at));
      }),
      RUNS,
    );
  });

  test('are a commutative ring: equal polynomials are equal data', () => {
    fc.assert(
      fc.property(pairs, pairs, pairs, ({ p: a }, { p: b }, { p: c }) => {
        expect(sum(a, b)).toEqual(sum(b, a));
        expect(product(a, b)).toEqual(product(b, a));
        expect(sum(sum(a, b), c)).toEqual(sum(a, sum(b, c)));
        expect(product(product(a, b), c)).toEqual(product(a, product(b, c)));
        expect(product(a, sum(b, c))).toEqual(sum(product(a, b), product(a, c)));
        expect(sum(a, ZERO)).toEqual(a);
        expect(product(a, constant(1))).toEqual(a);
        expect(product(a, ZERO)).toEqual(ZERO);
        expect(sum(a, scale(a, -1))).toEqual(ZERO);
        expect(scale(a, 3)).toEqual(product(a, constant(3)));
      }),
      RUNS,
    );
  });

  test('are canonical: no term is zero, no two terms have the same factors, and factors are in order', () => {
    fc.assert(
      fc.property(pairs, ({ p }) => {
        const keys = p.map(({ factors }) => JSON.stringify(factors));
        expect(new Set(keys).size).toBe(keys.length);
        expect(p.every(({ coefficient }) => coefficient !== 0n)).toBe(true);
        expect(p).toEqual(sum(...p.map((term) => [term])));
      }),
      RUNS,
    );
  });

  test('multiply out lengths as dims do', () => {
    const dims: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
      dim: fc.oneof(
        { maxDepth: 3 },
        fc.nat(20),
        fc.constantFrom<Dim>(...SYMBOLS),
        fc.tuple(tie('dim'), tie('dim')).map(([x, y]) => add(x, y)),
        fc.tuple(tie('dim'), tie('dim')).map(([x, y]) => mul(x, y)),
      ),
    })).dim;
    const small = fc
      .tuple(fc.nat(9), fc.nat(9), fc.nat(9))
      .map((all) => new Map(SYMBOLS.map((name, i) => [name, all[i]!])));
    fc.assert(
      fc.property(fc.array(dims, { maxLength: 3 }), small, (list, at) => {
        const known = replace(times(...list), (s) => at.get(s));
        expect(known.length).toBeLessThan(2);
        expect(evaluatePolynomial(times(...list), at)).toBe(known[0]?.coefficient ?? 0n);
        expect(evaluatePolynomial(times(...list), at)).toBe(
          list.reduce<bigint>((a, d) => a * evaluatePolynomial(times(d), at)!, 1n),
        );
      }),
      RUNS,
    );
  });

  test('have no value where a symbol has none', () => {
    expect(evaluatePolynomial(times('n', 't'), new Map([['n', 3]]))).toBeUndefined();
  });

  test('have a readable text', () => {
    const p = sum(times(3, 'n', 'n', 'target'), scale(times('batch', 'n'), -1_572_864), constant(7));
    expect(polynomialText(p)).toBe('3·n²·target − 1_572_864·batch·n + 7');
    expect(formulaText(p)).toBe('3·n²·t − 1_572_864·B·n + 7');
    expect(polynomialText(ZERO)).toBe('0');
    expect(polynomialText(scale(times('n'), -1))).toBe('−n');
    expect(formulaText(times(ceilDiv('n', 4), 'n'))).toBe('ceildiv(n, 4)·n');
  });
});

describe('rationals', () => {
  const parts = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }));

  test('are in lowest terms, and equal the quotient that they were made from', () => {
    fc.assert(
      fc.property(parts, fc.bigInt({ min: 1n, max: 10n ** 9n }), ([a, b], by) => {
        const { numerator, denominator } = rational(a, b);
        expect(numerator * b).toBe(denominator * a);
        expect(rational(a * by, b * by)).toEqual({ numerator, denominator });
      }),
      RUNS,
    );
  });

  test('as numbers they equal the quotient up to rounding', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 30), fc.integer({ min: 1, max: 2 ** 30 }), (a, b) => {
        expect(toNumber(rational(BigInt(a), BigInt(b)))).toBeCloseTo(
          a / b,
          12 - Math.ceil(Math.log10(a / b + 1)),
        );
      }),
      RUNS,
    );
    expect(toNumber(rational(10n ** 40n, 3n))).toBeCloseTo(10 ** 40 / 3, -26);
  });

  test('as decimals they are rounded half up, without trailing zeros', () => {
    const text = (a: number, b: number, places: number) => decimal(rational(BigInt(a), BigInt(b)), places);
    expect([text(39, 16, 4), text(39, 16, 2), text(32, 13, 2), text(16, 1, 2)]).toEqual([
      '2.4375',
      '2.44',
      '2.46',
      '16',
    ]);
    expect([text(1, 8, 2), text(1, 1000, 2), text(999, 1000, 2), text(0, 5, 3)]).toEqual([
      '0.13',
      '0',
      '1',
      '0',
    ]);
    expect(text(105, 100, 2)).toBe('1.05');
  });
});
