/**
 * Symbolic dimensions: exact integer expressions over named symbols. A dim is a number, a symbol, or
 * an operation on dims. The constructors below keep every dim in one canonical form, so two dims that are
 * algebraically equal usually have the same text. This file does not depend on tensors or graphs.
 *
 * A symbol that starts with `@` represents an integer attribute of the op whose body contains it. So the body of
 * `soft_topk` is the same graph for every `k`.
 */

import { greatestCommonDivisor } from './integers.ts';

export type DimOp = 'add' | 'mul' | 'floordiv' | 'ceildiv' | 'min' | 'max' | 'pow2ceil' | 'log2ceil';

export interface DimExpr {
  readonly op: DimOp;
  readonly args: readonly Dim[];
}

/** A length, count or index: a number, the name of a number known at run time, or a formula. It is never negative. */
export type Dim = number | string | DimExpr;

export type Bindings = ReadonlyMap<string, number>;

const isExpr = (d: Dim, op?: DimOp): d is DimExpr =>
  typeof d === 'object' && (op === undefined || d.op === op);

const byText = (a: Dim, b: Dim): number => {
  const [x, y] = [dimText(a), dimText(b)];
  return x < y ? -1 : x > y ? 1 : 0;
};

interface Monomial {
  readonly coefficient: number;
  readonly factors: readonly Dim[];
}

/** Splits `4*batch*n` into the coefficient 4 and the factors [batch, n], and `4*n + 4` into 4 and [n + 1]. */
function monomial(d: Dim): Monomial {
  if (typeof d === 'number') return { coefficient: d, factors: [] };
  if (isExpr(d, 'add')) {
    const terms = d.args.map(monomial);
    const content = terms.map((t) => t.coefficient).reduce(greatestCommonDivisor);
    if (content === 1) return { coefficient: 1, factors: [d] };
    return {
      coefficient: content,
      factors: [add(...terms.map((t) => product(t.coefficient / content, t.factors)))],
    };
  }
  if (!isExpr(d, 'mul')) return { coefficient: 1, factors: [d] };
  const [first, ...rest] = d.args;
  return typeof first === 'number'
    ? { coefficient: first, factors: rest }
    : { coefficient: 1, factors: d.args };
}

function product(coefficient: number, factors: readonly Dim[]): Dim {
  if (coefficient === 0) return 0;
  if (factors.length === 0) return coefficient;
  const [only, ...others] = factors;
  // A number times a sum is multiplied out, so that `(n + 1) + -1*(n + 1)` is 0.
  if (coefficient !== 1 && others.length === 0 && isExpr(only!, 'add')) {
    return add(...only.args.map((term) => mul(coefficient, term)));
  }
  const sorted = [...factors].sort(byText);
  if (coefficient !== 1) return { op: 'mul', args: [coefficient, ...sorted] };
  return sorted.length === 1 ? sorted[0]! : { op: 'mul', args: sorted };
}

export function mul(...dims: readonly Dim[]): Dim {
  let coefficient = 1;
  const factors: Dim[] = [];
  for (const d of dims) {
    const m = monomial(d);
    coefficient *= m.coefficient;
    for (const factor of m.factors) factors.push(factor);
  }
  return product(coefficient, factors);
}

export function add(...dims: readonly Dim[]): Dim {
  const terms = new Map<string, Monomial>();
  for (const d of dims.flatMap((x) => (isExpr(x, 'add') ? x.args : [x]))) {
    const m = monomial(d);
    const key = dimText(product(1, m.factors));
    const old = terms.get(key);
    terms.set(key, { coefficient: (old?.coefficient ?? 0) + m.coefficient, factors: m.factors });
  }
  const args = [...terms.values()]
    .filter((t) => t.coefficient !== 0)
    .map((t) => product(t.coefficient, t.factors))
    .sort((a, b) => Number(typeof a === 'number') - Number(typeof b === 'number') || byText(a, b));
  if (args.length === 0) return 0;
  return args.length === 1 ? args[0]! : { op: 'add', args };
}

export const sub = (a: Dim, b: Dim): Dim => add(a, mul(-1, b));

/** `a / b` if `b` divides `a` for all values of the symbols, otherwise undefined. */
function exactQuotient(a: Dim, b: Dim): Dim | undefined {
  if (isExpr(a, 'add') && !isExpr(b, 'add')) {
    const parts = a.args.map((term) => exactQuotient(term, b)).filter((q) => q !== undefined);
    return parts.length === a.args.length ? add(...parts) : undefined;
  }
  const [x, y] = [monomial(a), monomial(b)];
  if (y.coefficient === 0 || x.coefficient % y.coefficient !== 0) return undefined;
  if (x.coefficient === 0) return 0;
  const factors = [...x.factors];
  for (const f of y.factors) {
    const at = factors.findIndex((g) => dimText(g) === dimText(f));
    if (at < 0) return undefined;
    factors.splice(at, 1);
  }
  return product(x.coefficient / y.coefficient, factors);
}

const divide =
  (op: 'floordiv' | 'ceildiv', fold: (x: number) => number) =>
  (a: Dim, b: Dim): Dim => {
    const exact = exactQuotient(a, b);
    if (exact !== undefined) return exact;
    // A division by zero stays an expression, which has no value. `+ 0` turns -0 into 0.
    if (typeof a === 'number' && typeof b === 'number' && b !== 0) return fold(a / b) + 0;
    return { op, args: [a, b] };
  };

export const floorDiv = divide('floordiv', Math.floor);
export const ceilDiv = divide('ceildiv', Math.ceil);

const extreme =
  (op: 'min' | 'max', fold: (...x: number[]) => number) =>
  (...dims: readonly Dim[]): Dim => {
    const flat = dims.flatMap((d) => (isExpr(d, op) ? d.args : [d]));
    const numbers = flat.filter((d): d is number => typeof d === 'number');
    const rest = new Map(flat.filter((d) => typeof d !== 'number').map((d) => [dimText(d), d]));
    const args: Dim[] = [...rest.values()].sort(byText);
    if (numbers.length > 0) args.push(fold(...numbers));
    return args.length === 1 ? args[0]! : { op, args };
  };

export const min = extreme('min', Math.min);
export const max = extreme('max', Math.max);

/** The number of halvings that reduce `d` to 1 or less: ceil(log2 d), or 0 if d <= 1. */
export const log2Ceil = (d: Dim): Dim =>
  typeof d === 'number' ? log2CeilOf(d) : { op: 'log2ceil', args: [d] };

/** The smallest power of two that is at least `d`. */
export const pow2Ceil = (d: Dim): Dim =>
  typeof d === 'number' ? 2 ** log2CeilOf(d) : { op: 'pow2ceil', args: [d] };

/** The smallest multiple of `unit` that is at least `d`. */
export const roundUp = (d: Dim, unit: Dim): Dim => mul(ceilDiv(d, unit), unit);

function log2CeilOf(x: number): number {
  let p = 0;
  while (2 ** p < x) p++;
  return p;
}

/** How many operands an operation has in text. The operations that are not listed take one or more. */
const ARITY: Partial<Record<DimOp, number>> = { floordiv: 2, ceildiv: 2, pow2ceil: 1, log2ceil: 1 };

const CONSTRUCTORS: Record<DimOp, (...args: Dim[]) => Dim> = {
  add,
  mul,
  floordiv: (a, b) => floorDiv(a!, b!),
  ceildiv: (a, b) => ceilDiv(a!, b!),
  min,
  max,
  pow2ceil: (a) => pow2Ceil(a!),
  log2ceil: (a) => log2Ceil(a!),
};

/** Applies the same operation to other operands, and simplifies the result. */
export const withArgs = ({ op }: DimExpr, args: readonly Dim[]): Dim => CONSTRUCTORS[op](...args);

/** Replaces symbols in a dim, and simplifies the result. */
export function substitute(d: Dim, lookup: (symbol: string) => Dim | undefined): Dim {
  if (typeof d === 'number') return d;
  if (typeof d === 'string') return lookup(d) ?? d;
  return withArgs(
    d,
    d.args.map((a) => substitute(a, lookup)),
  );
}

/** Computes each operation on numbers; undefined for a division by zero. `+ 0` turns -0 into 0. */
const OF_NUMBERS: Readonly<Record<DimOp, (args: readonly number[]) => number | undefined>> = {
  add: (args) => args.reduce((a, b) => a + b, 0),
  mul: (args) => args.reduce((a, b) => a * b, 1) + 0,
  floordiv: ([a, b]) => (b === 0 ? undefined : Math.floor(a! / b!) + 0),
  ceildiv: ([a, b]) => (b === 0 ? undefined : Math.ceil(a! / b!) + 0),
  min: (args) => args.reduce((a, b) => Math.min(a, b)),
  max: (args) => args.reduce((a, b) => Math.max(a, b)),
  pow2ceil: ([a]) => 2 ** log2CeilOf(a!),
  log2ceil: ([a]) => log2CeilOf(a!),
};

function numberOf(d: Dim, bindings: Bindings): number | undefined {
  if (typeof d === 'number') return d;
  if (typeof d === 'string') return bindings.get(d);
  const args: number[] = [];
  for (const arg of d.args) {
    const value = numberOf(arg, bindings);
    if (value === undefined) return undefined;
    args.push(value);
  }
  return OF_NUMBERS[d.op](args);
}

/** The value of a dim; undefined where it depends on a symbol without a value (`0*n` does not depend on `n`). */
export function evaluate(d: Dim, bindings: Bindings): number | undefined {
  const value = numberOf(d, bindings);
  if (value !== undefined || typeof d !== 'object') return value;
  const simpler = substitute(d, (s) => bindings.get(s));
  return typeof simpler === 'number' ? simpler : undefined;
}

export const dimEquals = (a: Dim, b: Dim): boolean => a === b || dimText(a) === dimText(b);

export function symbolsOf(d: Dim): readonly string[] {
  if (typeof d === 'number') return [];
  return typeof d === 'string' ? [d] : d.args.flatMap(symbolsOf);
}

/** The symbol and the factor of a dim such as `n` or `2*half`. The value of this dim determines its symbol. */
export function symbolIn(d: Dim): { readonly symbol: string; readonly factor: number } | undefined {
  if (typeof d === 'string') return { symbol: d, factor: 1 };
  if (!isExpr(d, 'mul') || d.args.length !== 2) return undefined;
  const [factor, symbol] = d.args;
  return typeof factor === 'number' && typeof symbol === 'string' ? { symbol, factor } : undefined;
}

/** Formulas are compared by their texts very often, so each text is built once. */
const texts = new WeakMap<DimExpr, string>();

/** The text of a dim, such as `min(ceildiv(length, 512)*512, 2048)`. Only sums and products are infix. */
export function dimText(d: Dim): string {
  if (typeof d !== 'object') return String(d);
  const text = texts.get(d) ?? exprText(d);
  texts.set(d, text);
  return text;
}

function exprText(d: DimExpr): string {
  if (d.op === 'add') return d.args.map(dimText).join(' + ');
  if (d.op === 'mul') return d.args.map((a) => (isExpr(a, 'add') ? `(${dimText(a)})` : dimText(a))).join('*');
  return `${d.op}(${d.args.map(dimText).join(', ')})`;
}

/** Whether a text can be the name of a length. */
export const isSymbol = (text: string): boolean => /^[A-Za-z_@$][\w.$]*$/.test(text);

/** Reads the text that `dimText` prints; undefined if the text is not a dim. */
export function parseDim(text: string): Dim | undefined {
  const tokens = text.match(/[A-Za-z_@$][\w.$]*|-?\d+|[()+*,]|\S/g) ?? [];
  // Real dims have tens of tokens; a text of a stranger may have millions.
  if (tokens.length > 1000) return undefined;
  let at = 0;
  const take = (t: string): boolean => tokens[at] === t && ++at > 0;
  const list = (depth: number): Dim[] | undefined => {
    const args: Dim[] = [];
    do {
      const d = sum(depth);
      if (d === undefined) return undefined;
      args.push(d);
    } while (take(','));
    return take(')') ? args : undefined;
  };
  const atom = (depth: number): Dim | undefined => {
    const t = tokens[at++];
    if (t === undefined || depth > 64) return undefined;
    if (/^-?\d+$/.test(t)) return Number.isSafeInteger(Number(t)) ? Number(t) + 0 : undefined;
    if (t === '(') {
      const d = sum(depth + 1);
      return take(')') ? d : undefined;
    }
    if (!/^[A-Za-z_@$]/.test(t)) return undefined;
    if (!take('(')) return t;
    const args = list(depth + 1);
    if (args === undefined || !Object.hasOwn(CONSTRUCTORS, t)) return undefined;
    const op = t as DimOp;
    return args.length === (ARITY[op] ?? args.length) ? CONSTRUCTORS[op](...args) : undefined;
  };
  const chain = (next: (depth: number) => Dim | undefined, sign: string, join: (...d: Dim[]) => Dim) => {
    return (depth: number): Dim | undefined => {
      const args: Dim[] = [];
      do {
        const d = next(depth);
        if (d === undefined) return undefined;
        args.push(d);
      } while (take(sign));
      return join(...args);
    };
  };
  const term = chain(atom, '*', mul);
  const sum = chain(term, '+', add);
  const d = sum(0);
  return at === tokens.length ? d : undefined;
}
