/**
 * The arithmetic of the ops' reference values. It counts the operations that it performs, and a test compares
 * these counts with the `cost` that each op declares.
 *
 * Integers count like floats. Comparing, choosing, sorting, moving, converting, rounding, changing a sign, logic
 * and the index arithmetic of loops do not count.
 */
import type { Counts } from './work.ts';

/** The error function, exact to 1e-15: its Maclaurin series for |x| < 3, otherwise its continued fraction. */
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
  /** One step of a matrix product: sum + x · y. */
  readonly mac: (sum: number, x: number, y: number) => number;
  readonly times: (x: number, y: number) => number;
  readonly over: (x: number, y: number) => number;
  /** The remainder, which is never negative for a positive divisor. */
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

/** Arithmetic without counters, for values that are computed from weights while an artifact is written. */
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

/** The counter that each operation increments. */
const COUNTER: Readonly<Record<keyof Arithmetic, keyof Counts>> = {
  mac: 'macs',
  times: 'multiplies',
  over: 'multiplies',
  mod: 'multiplies',
  plus: 'adds',
  minus: 'adds',
  power: 'exps',
  exp: 'exps',
  log: 'exps',
  sqrt: 'exps',
  tanh: 'exps',
  erf: 'exps',
};

/** Arithmetic that adds each operation that it performs to `counts`. */
export function counting(counts: Record<keyof Counts, number>): Arithmetic {
  const counted = ([name, counter]: [string, keyof Counts]): [string, Arithmetic[keyof Arithmetic]] => {
    const operation = PLAIN[name as keyof Arithmetic] as (x: number, y?: number, z?: number) => number;
    return [
      name,
      (x: number, y?: number, z?: number) => {
        counts[counter]++;
        return operation(x, y, z);
      },
    ];
  };
  return Object.fromEntries(Object.entries(COUNTER).map(counted)) as unknown as Arithmetic;
}
