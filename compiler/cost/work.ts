/**
 * What one application of an op costs: exact counts as polynomials in its lengths (SYSTEMS.md 0.3). An op
 * says them in its own file (`cost`); what it does not name is none.
 */
import { ELEMENT_BYTES } from '../ir/dtype.ts';
import type { Attrs, TensorType } from '../ir/graph.ts';
import { type Polynomial, scale, sum, times, ZERO } from './polynomial.ts';

export interface Work {
  /** Scalar multiplications in matrix products: [a, x]·[x, y] is a·x·y. What tables of complexity count. */
  readonly macs: Polynomial;
  /** Multiplications and divisions besides. */
  readonly multiplies: Polynomial;
  /** Additions and subtractions, those of matrix products left out: as many as `macs`. */
  readonly adds: Polynomial;
  /** e^x and its relatives: log, tanh, erf, powers, roots. */
  readonly exps: Polynomial;
  /** Entries of attention matrices. */
  readonly entries: Polynomial;
}

export const KINDS_OF_WORK = ['macs', 'multiplies', 'adds', 'exps', 'entries'] as const;

export const NO_WORK: Work = { macs: ZERO, multiplies: ZERO, adds: ZERO, exps: ZERO, entries: ZERO };

/** The cost of one application, given its types. */
export type Cost = (
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  attrs: Attrs,
) => Partial<Work>;

export const elements = ({ shape }: TensorType): Polynomial => times(...shape);

export const bytes = (t: TensorType): Polynomial => scale(elements(t), ELEMENT_BYTES[t.dtype]);

export const together = (all: readonly Partial<Work>[]): Work =>
  Object.fromEntries(
    KINDS_OF_WORK.map((kind) => [kind, sum(...all.map((one) => one[kind] ?? ZERO))]),
  ) as unknown as Work;

/** So much of each kind for every element of the first output. */
export const perElement =
  (counts: Partial<Record<keyof Work, number>>): Cost =>
  (_, [y]) =>
    Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, scale(elements(y!), count)]));
