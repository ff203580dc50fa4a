/** Tests dims: their canonical form against plain arithmetic, and the round trip of their text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  ceilDiv,
  type Dim,
  dimEquals,
  dimText,
  evaluate,
  floorDiv,
  log2Ceil,
  max,
  min,
  mul,
  parseDim,
  pow2Ceil,
  roundUp,
  sub,
  substitute,
  symbolIn,
  symbolsOf,
} from '../../../compiler/ir/dim.ts';

/** A dim and its expected value. */
interface Pair {
  readonly dim: Dim;
  readonly value: (x: ReadonlyMap<string, number>) => number;
}

const SYMBOLS = ['batch', 'n', '@k'];
const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.integer({ min: 0, max: 12 }).map((x): Pair => ({ dim: x, value: () => x })),
  fc.constantFrom(...SYMBOLS).map((s): Pair => ({ dim: s, value: (x) => x.get(s)! })),
);

const log2 = (x: number): number => Math.ceil(Math.log2(Math.max(1, x)));
type Make = (a: Pair, b: Pair) => Pair;
const binary =
  (dim: (a: Dim, b: Dim) => Dim, value: (a: number, b: number) => number): Make =>
  (a, b) => ({ dim: dim(a.dim, b.dim), value: (x) => value(a.value(x), b.value(x)) });
const divided =
  (dim: (a: Dim, b: Dim) => Dim, value: (q: number) => number): Make =>
  // Divisors are at least 1, so that these dims never divide by zero.
  (a, b) =>
    binary(dim, (x, y) => value(x / y) + 0)(a, { dim: max(b.dim, 1), value: (x) => Math.max(b.value(x), 1) });

const MAKES: readonly Make[] = [
  binary(add, (a, b) => a + b),
  binary(sub, (a, b) => a - b),
  binary(mul, (a, b) => a * b),
  binary(min, Math.min),
  binary(max, Math.max),
  divided(floorDiv, Math.floor),
  divided(ceilDiv, Math.ceil),
  (a) => ({ dim: pow2Ceil(a.dim), value: (x) => 2 ** log2(a.value(x)) }),
  (a) => ({ dim: log2Ceil(a.dim), value: (x) => log2(a.value(x)) }),
];

const pair: fc.Arbitrary<Pair> = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(fc.constantFrom(...MAKES), tie('pair'), tie('pair')).map(([make, a, b]) => make(a, b)),
  ),
})).pair;
const bindings = fc
  .tuple(...SYMBOLS.map(() => fc.integer({ min: 0, max: 9 })))
  .map((values) => new Map(values.map((v, i) => [SYMBOLS[i]!, v])));

describe('simplification', () => {
  test('never changes the value', () => {
    fc.assert(
      fc.property(pair, bindings, ({ dim, value }, x) => {
        // Logarithms and powers need not be right for numbers far beyond any length.
        fc.pre(Math.abs(value(x)) < 2 ** 40);
        expect(evaluate(dim, x)).toBe(value(x) + 0);
      }),
      { numRuns: 2000 },
    );
  });

  test('changes nothing the second time', () => {
    fc.assert(
      fc.property(pair, ({ dim }) => void expect(substitute(dim, () => undefined)).toEqual(dim)),
      { numRuns: 1000 },
    );
  });

  test.each<[string, Dim, Dim]>([
    ['a sum minus itself', sub(add('n', 1), add('n', 1)), 0],
    ['a sum minus a part of it', sub(add('n', 'past', 2), add('past', 1)), add('n', 1)],
    ['terms in any order', add('b', 'a', 1), add(1, 'a', 'b')],
    ['a product divided by a factor', floorDiv(mul('batch', 'n', 64), mul('n', 8)), mul(8, 'batch')],
    ['a sum divided by a divisor of each term', floorDiv(add(mul(4, 'n'), 8), 4), add('n', 2)],
    ['a multiple of a sum divided by the sum', ceilDiv(add(mul(2, 'n'), 2), add('n', 1)), 2],
    ['rounding up a multiple', roundUp(mul(512, 'n'), 512), mul(512, 'n')],
    ['nested extremes', min(min('n', 4), 'k', 9), min('k', 'n', 4)],
    ['nothing divided', floorDiv(0, 'n'), 0],
  ])('%s', (_, got, want) => expect(got).toEqual(want));

  test('distinguishes (a + b)·c from a + b·c', () => {
    // In an earlier version both had the key `a + b*c*d`, and so they were added up as equal terms.
    const [x, y] = [mul(add('a', 'b'), 'c', 'd'), mul(add('a', mul('b', 'c')), 'd')];
    expect(dimEquals(add(x, y), mul(2, x))).toBe(false);
  });

  test('division by zero has no value', () => {
    expect(
      evaluate(
        floorDiv('n', 'm'),
        new Map([
          ['n', 4],
          ['m', 0],
        ]),
      ),
    ).toBeUndefined();
    expect(Object.is(ceilDiv(-1, 2), 0)).toBe(true);
  });
});

describe('text', () => {
  test('reads back as the same dim', () => {
    fc.assert(
      fc.property(pair, ({ dim }) => void expect(parseDim(dimText(dim))).toEqual(dim)),
      { numRuns: 2000 },
    );
  });

  test('any other text gives undefined and never throws', () => {
    const piece = fc.constantFrom(
      'n',
      '4',
      '-1',
      '(',
      ')',
      '*',
      '+',
      ',',
      'min',
      'floordiv',
      ' ',
      '@k',
      '%',
      '😀',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(piece).map((p) => p.join('')),
    );
    fc.assert(
      fc.property(text, (t) => {
        const d = parseDim(t);
        if (d !== undefined) expect(parseDim(dimText(d))).toEqual(d);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '',
    'n +',
    'floordiv(n)',
    'pow2ceil(n, 2)',
    'min()',
    'sqrt(n)',
    'n n',
    '99999999999999999999',
    '('.repeat(9999),
  ])('refuses %j', (t) => expect(parseDim(t)).toBeUndefined());
});

test('symbols of a dim', () => {
  expect(symbolsOf(add(mul('n', 4), min('k', 'n')))).toEqual(expect.arrayContaining(['n', 'k']));
  expect(symbolIn(mul(2, 'half'))).toEqual({ symbol: 'half', factor: 2 });
  expect(symbolIn(add('half', 1))).toBeUndefined();
});
