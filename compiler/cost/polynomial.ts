/**
 * Exact polynomials with integer coefficients in lengths: what an op costs, before the lengths are known.
 * Coefficients are BigInt, so sums over a whole model lose no digit. A factor is a symbol, or a dim that is no
 * polynomial (a rounded or a smaller length), which counts as a symbol of its own. Canonical: equal polynomials
 * are equal data.
 */
import { type Bindings, type Dim, dimText, evaluate, substitute } from '../ir/dim.ts';

export interface Term {
  readonly coefficient: bigint;
  /** Sorted by their text; a square is a factor twice. */
  readonly factors: readonly Dim[];
}

/** Terms by falling degree, then by their text; none is zero. */
export type Polynomial = readonly Term[];

export const ZERO: Polynomial = [];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const keyOf = (factors: readonly Dim[]): string => factors.map(dimText).join('*');

function canonical(terms: readonly Term[]): Polynomial {
  const byKey = new Map<string, Term>();
  for (const { coefficient, factors } of terms) {
    const key = keyOf(factors);
    const old = byKey.get(key);
    byKey.set(key, { coefficient: (old?.coefficient ?? 0n) + coefficient, factors });
  }
  return [...byKey]
    .filter(([, term]) => term.coefficient !== 0n)
    .sort(([x, a], [y, b]) => b.factors.length - a.factors.length || compare(x, y))
    .map(([, term]) => term);
}

export const constant = (value: bigint | number): Polynomial =>
  BigInt(value) === 0n ? ZERO : [{ coefficient: BigInt(value), factors: [] }];

export const sum = (...all: readonly Polynomial[]): Polynomial => canonical(all.flat());

export const product = (...all: readonly Polynomial[]): Polynomial =>
  all.reduce(
    (a, b) =>
      canonical(
        a.flatMap((x) =>
          b.map((y) => ({
            coefficient: x.coefficient * y.coefficient,
            factors: [...x.factors, ...y.factors].sort((p, q) => compare(dimText(p), dimText(q))),
          })),
        ),
      ),
    constant(1),
  );

export const scale = (p: Polynomial, by: bigint | number): Polynomial => product(constant(by), p);

/** A dim as the polynomial that it is. */
function fromDim(d: Dim): Polynomial {
  if (typeof d === 'number') return constant(d);
  if (typeof d === 'object' && d.op === 'add') return sum(...d.args.map(fromDim));
  if (typeof d === 'object' && d.op === 'mul') return product(...d.args.map(fromDim));
  return [{ coefficient: 1n, factors: [d] }];
}

/** The product of these lengths; of none, 1. */
export const times = (...dims: readonly Dim[]): Polynomial => product(...dims.map(fromDim));

/** Factors replaced, multiplied out again. */
export const replace = (p: Polynomial, lookup: (symbol: string) => Dim | undefined): Polynomial =>
  sum(
    ...p.map(({ coefficient, factors }) =>
      scale(times(...factors.map((d) => substitute(d, lookup))), coefficient),
    ),
  );

/** Its value; undefined when a symbol has none. */
export function evaluatePolynomial(p: Polynomial, bindings: Bindings): bigint | undefined {
  let total = 0n;
  for (const { coefficient, factors } of p) {
    let term = coefficient;
    for (const factor of factors) {
      const value = evaluate(factor, bindings);
      if (value === undefined) return undefined;
      term *= BigInt(value);
    }
    total += term;
  }
  return total;
}

const SUPERSCRIPTS = [...'⁰¹²³⁴⁵⁶⁷⁸⁹'];
const raised = (power: number): string =>
  power === 1 ? '' : [...String(power)].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');

export const grouped = (value: bigint): string => String(value).replace(/\B(?=(\d{3})+$)/g, '_');

function termText({ coefficient, factors }: Term, name: (d: Dim) => string): string {
  const powers = new Map<string, number>();
  for (const factor of factors) powers.set(name(factor), (powers.get(name(factor)) ?? 0) + 1);
  const symbols = [...powers].map(([symbol, power]) => `${symbol}${raised(power)}`);
  const size = coefficient < 0n ? -coefficient : coefficient;
  return [...(size === 1n && symbols.length > 0 ? [] : [grouped(size)]), ...symbols].join('·');
}

/** `1_572_864·n + 3·n²·t`; `name` says how a factor is written. */
export function polynomialText(p: Polynomial, name: (d: Dim) => string = dimText): string {
  if (p.length === 0) return '0';
  return p
    .map((term, i) => {
      const sign = term.coefficient < 0n ? '−' : '+';
      const text = termText(term, name);
      if (i === 0) return sign === '−' ? `−${text}` : text;
      return ` ${sign} ${text}`;
    })
    .join('');
}
