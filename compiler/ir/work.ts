/**
 * The cost of one application of an op: exact counts as polynomials in its lengths.
 * Each op declares them in its own file (`cost`); a count that it omits is zero. A test compares them with the
 * operations that the op's reference value performs (`arithmetic.ts`).
 */
import { ELEMENT_BYTES } from './dtype.ts';
import type { Attrs, TensorType } from './graph.ts';
import { type Polynomial, scale, sum, times, ZERO } from './polynomial.ts';

export interface Work {
  /**
   * Multiply-accumulates of matrix products: a·x·y for [a, x]·[x, y]. Tables of complexity count these. Under a
   * causal mask, only the t(t + 1)/2 visible pairs of a query and a key are counted.
   */
  readonly macs: Polynomial;
  /** Multiply-accumulates for pairs that a causal mask hides. A dense kernel computes them, but nothing reads them. */
  readonly hidden: Polynomial;
  /** Multiplications and divisions outside of matrix products. */
  readonly multiplies: Polynomial;
  /** Additions and subtractions outside of matrix products. A sum of n terms counts n. */
  readonly adds: Polynomial;
  /** Exponentials, logarithms, tanh, erf, powers and roots. */
  readonly exps: Polynomial;
  /** Entries of attention matrices, including those that a causal mask hides. */
  readonly entries: Polynomial;
}

export const KINDS_OF_WORK = ['macs', 'hidden', 'multiplies', 'adds', 'exps', 'entries'] as const;

/** The operations that can be counted while they are performed. Here, `macs` includes the hidden operations. */
export type Counts = Readonly<Record<'macs' | 'multiplies' | 'adds' | 'exps', number>>;

/** The cost of one application, given its types. */
export type Cost = (
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  attrs: Attrs,
) => Partial<Work>;

/** A number of bytes, given the types of one application. */
export type Bytes = (
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  attrs: Attrs,
) => Polynomial;

export const elements = ({ shape }: TensorType): Polynomial => times(...shape);

/** The number of lines of a tensor along an axis. */
export const lines = ({ shape }: TensorType, axis: number): Polynomial =>
  times(...shape.filter((_, i) => i !== axis));

export const bytes = (t: TensorType): Polynomial => scale(elements(t), ELEMENT_BYTES[t.dtype]);

export const together = (all: readonly Partial<Work>[]): Work =>
  Object.fromEntries(
    KINDS_OF_WORK.map((kind) => [kind, sum(...all.map((one) => one[kind] ?? ZERO))]),
  ) as unknown as Work;

export const NO_WORK: Work = together([]);

export type PerElement = Partial<Record<keyof Work, number>>;

/** The work on `count` elements, given the work on one element. */
export const each = (count: Polynomial, counts: PerElement): Partial<Work> =>
  Object.fromEntries(Object.entries(counts).map(([kind, n]) => [kind, scale(count, n)]));

/** The cost of an op that does the same work for every element of its first output. */
export const perElement =
  (counts: PerElement): Cost =>
  (_, [y]) =>
    each(elements(y!), counts);

/** The bytes that are read by an op that picks rows of a table: the picked rows and their indices. */
export const picked: Bytes = ([, index], [y]) => sum(bytes(y!), index ? bytes(index) : ZERO);

/** The cost of an op that performs no arithmetic: it only moves, compares, converts or renames. */
export const free: Cost = () => ({});
