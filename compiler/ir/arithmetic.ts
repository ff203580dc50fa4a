/**
 * The arithmetic that reference values are made of, which counts itself. What an op declares as its `cost` is
 * held against these counts: they come from the operations performed, not from a formula.
 *
 * Integers count as floats do. Not arithmetic: comparing, choosing, sorting, moving, converting, rounding, a
 * change of sign, logic, and the index arithmetic of loops.
 */
import type { Counts } from './work.ts';

/** erf to 1e-15 by its Maclaurin series (|x| < 3) and continued fraction beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  if (a < 3) {
    let [sum, term] = [a, a];
    for (let n = 1; n < 120; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * sum);
  }
  let fraction = 0;
  for (let n = 60; n >= 1; n--) fraction = n / 2 / (a + fraction);
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
}

export interface Arithmetic {
  /** sum + x · y, one step of a matrix product. */
  readonly mac: (sum: number, x: number, y: number) => number;
  readonly times: (x: number, y: number) => number;
  readonly over: (x: number, y: number) => number;
  /** The remainder, never negative for a positive divisor. */
  readonly mod: (x: number, y: number) => number;
  readonly plus: (x: number, y: number) => number;
  readonly minus: (x: number, y: number) => number;
  readonly power: (x: number, y: number) => number;
  readonly exp: (x: number) => number;
  readonly log: (x: number) => number;
  readonly sqrt: (x: number) => number;
  readonly tanh: (x: number) => number;
  readonly erf: (x: number) => number;
}

/** Without counting: for what is computed of weights while an artifact is written. */
export const PLAIN: Arithmetic = {
  mac: (sum, x, y) => sum + x * y,
  times: (x, y) => x * y,
  over: (x, y) => x / y,
  mod: (x, y) => ((x % y) + y) % y,
  plus: (x, y) => x + y,
  minus: (x, y) => x - y,
  power: (x, y) => x ** y,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  erf,
};

/** What each operation counts as. */
const KIND: Readonly<Record<keyof Arithmetic, keyof Counts>> = {
  mac: 'macs',
  ...{ times: 'multiplies', over: 'multiplies', mod: 'multiplies' },
  ...{ plus: 'adds', minus: 'adds' },
  ...{ power: 'exps', exp: 'exps', log: 'exps', sqrt: 'exps', tanh: 'exps', erf: 'exps' },
};

/** Arithmetic that adds what it does to `counts`. */
export function counting(counts: Record<keyof Counts, number>): Arithmetic {
  const counted = ([name, kind]: [string, keyof Counts]): [string, Arithmetic[keyof Arithmetic]] => {
    const operation = PLAIN[name as keyof Arithmetic] as (x: number, y?: number, z?: number) => number;
    return [
      name,
      (x: number, y?: number, z?: number) => {
        counts[kind]++;
        return operation(x, y, z);
      },
    ];
  };
  return Object.fromEntries(Object.entries(KIND).map(counted)) as unknown as Arithmetic;
}
