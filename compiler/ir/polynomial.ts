/**
 * Exact polynomials in lengths with integer coefficients. They express the cost of an op before the lengths are known.
 * Coefficients are BigInt, so sums over a whole model are exact. A factor is a symbol, or a dim that is not a
 * polynomial (such as a quotient or a minimum), which is treated as a symbol. Polynomials are kept in a canonical form,
 * so equal polynomials are equal data.
 */
import { grouped } from '../../dsl/grouped.ts';
import { type Bindings, type Dim, dimText, evaluate, substitute } from './dim.ts';

export interface Term {
  readonly coefficient: bigint;
  /** The factors, sorted by their texts. A square is the same factor twice. */
  readonly factors: readonly Dim[];
}

/** A sum of terms, sorted by descending degree, then by their texts. No coefficient is zero. */
export type Polynomial = readonly Term[];

export const ZERO: Polynomial = [];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const keyOf = (factors: readonly Dim[]): string => factors.map(dimText).join('*');
const inOrder = (factors: readonly Dim[]): readonly Dim[] =>
  factors.length < 2 ? factors : [...factors].sort((p, q) => compare(dimText(p), dimText(q)));

function canonical(terms: readonly Term[]): Polynomial {
  if (terms.length < 2) return terms.filter(({ coefficient }) => coefficient !== 0n);
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

export function sum(...all: readonly Polynomial[]): Polynomial {
  const some = all.filter((p) => p.length > 0);
  return some.length < 2 ? (some[0] ?? ZERO) : canonical(some.flat());
}

const multiply = (x: Term, y: Term): Term => ({
  coefficient: x.coefficient * y.coefficient,
  factors: inOrder([...x.factors, ...y.factors]),
});

const ONE: Polynomial = constant(1);

export const product = (...all: readonly Polynomial[]): Polynomial =>
  all.reduce((a, b) => canonical(a.flatMap((x) => b.map((y) => multiply(x, y)))), ONE);

export const scale = (p: Polynomial, by: bigint | number): Polynomial =>
  BigInt(by) === 0n ? ZERO : p.map((term) => ({ ...term, coefficient: term.coefficient * BigInt(by) }));

/** A dim as a polynomial. */
const fromDim = (d: Dim): Polynomial =>
  typeof d === 'object' && d.op === 'add' ? sum(...d.args.map(fromDim)) : times(d);

/** The product of lengths; it is 1 for an empty list. */
export function times(...dims: readonly Dim[]): Polynomial {
  const sums: Polynomial[] = [];
  const factors: Dim[] = [];
  let coefficient = 1n;
  const multiplyBy = (d: Dim): void => {
    if (typeof d === 'number') coefficient *= BigInt(d);
    else if (typeof d === 'object' && d.op === 'mul') d.args.forEach(multiplyBy);
    else if (typeof d === 'object' && d.op === 'add') sums.push(fromDim(d));
    else factors.push(d);
  };
  dims.forEach(multiplyBy);
  if (coefficient === 0n) return ZERO;
  const term: Polynomial = [{ coefficient, factors: inOrder(factors) }];
  return sums.length === 0 ? term : product(term, ...sums);
}

/** Replaces every factor, and multiplies out. */
export const mapped = (p: Polynomial, to: (factor: Dim) => Dim): Polynomial =>
  sum(...p.map(({ coefficient, factors }) => scale(times(...factors.map(to)), coefficient)));

/** Replaces symbols. */
export const replace = (p: Polynomial, lookup: (symbol: string) => Dim | undefined): Polynomial =>
  mapped(p, (d) => substitute(d, lookup));

/** The value of a polynomial; undefined where a symbol has no value. */
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

function termText({ coefficient, factors }: Term, name: (d: Dim) => string): string {
  const powers = new Map<string, number>();
  for (const factor of factors) powers.set(name(factor), (powers.get(name(factor)) ?? 0) + 1);
  const symbols = [...powers].map(([symbol, power]) => `${symbol}${raised(power)}`);
  const size = coefficient < 0n ? -coefficient : coefficient;
  return [...(size === 1n && symbols.length > 0 ? [] : [grouped(size)]), ...symbols].join('·');
}

/** The text of a polynomial, such as `1_572_864·n + 3·n²·t`. `name` gives the text of a factor. */
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
