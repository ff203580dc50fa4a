/**
 * Exact polynomials with integer coefficients in lengths: what an op costs, before the lengths are known.
 * Coefficients are BigInt, so sums over a whole model lose no digit. A factor is a symbol, or a dim that is no
 * polynomial (a rounded or a smaller length), which counts as a symbol of its own. Canonical: equal polynomials
 * are equal data.
 */
import { grouped } from '../../dsl/grouped.ts';
import { type Bindings, type Dim, dimText, evaluate, substitute } from './dim.ts';

export interface Term {
  readonly coefficient: bigint;
  /** Sorted by their text; a square is a factor twice. */
  readonly factors: readonly Dim[];
}

/** Terms by falling degree, then by their text; none is zero. */
export type Polynomial = readonly Term[];

export const ZERO: Polynomial = [];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Lengths are shared all over a graph, and their texts are what sorting asks for again and again. */
const texts = new WeakMap<object, string>();

function textOf(d: Dim): string {
  if (typeof d !== 'object') return String(d);
  const known = texts.get(d);
  if (known !== undefined) return known;
  const text = dimText(d);
  texts.set(d, text);
  return text;
}

const keyOf = (factors: readonly Dim[]): string => factors.map(textOf).join('*');
const inOrder = (factors: readonly Dim[]): readonly Dim[] =>
  factors.length < 2 ? factors : [...factors].sort((p, q) => compare(textOf(p), textOf(q)));

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

/** A dim as the polynomial that it is. */
const fromDim = (d: Dim): Polynomial =>
  typeof d === 'object' && d.op === 'add' ? sum(...d.args.map(fromDim)) : times(d);

/** The product of these lengths; of none, 1. */
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

/** With other factors, multiplied out again. */
export const mapped = (p: Polynomial, to: (factor: Dim) => Dim): Polynomial =>
  sum(...p.map(({ coefficient, factors }) => scale(times(...factors.map(to)), coefficient)));

/** Symbols replaced. */
export const replace = (p: Polynomial, lookup: (symbol: string) => Dim | undefined): Polynomial =>
  mapped(p, (d) => substitute(d, lookup));

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
