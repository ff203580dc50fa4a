/**
 * What one application of an op costs: exact counts as polynomials in its lengths (SYSTEMS.md 0.3,
 * docs/costs.md). An op says them in its own file (`cost`); what it does not name is none. They are the
 * operations that its reference value performs (`ops/arithmetic.ts`), which a test counts.
 */
import { ELEMENT_BYTES } from './dtype.ts';
import type { Attrs, TensorType } from './graph.ts';
import { type Polynomial, scale, sum, times, ZERO } from './polynomial.ts';

export interface Work {
  /**
   * Scalar multiplications in matrix products: [a, x]·[x, y] is a·x·y. What tables of complexity count. Under a
   * causal mask, those of pairs that see each other: t(t + 1)/2.
   */
  readonly macs: Polynomial;
  /** The others under a causal mask: a dense kernel makes these products and nobody reads them. */
  readonly hidden: Polynomial;
  /** Multiplications and divisions besides. */
  readonly multiplies: Polynomial;
  /** Additions and subtractions, those of matrix products left out: as many as `macs`. A sum of n terms has n. */
  readonly adds: Polynomial;
  /** e^x and its relatives: log, tanh, erf, powers, roots. */
  readonly exps: Polynomial;
  /** Entries of attention matrices, hidden ones too. */
  readonly entries: Polynomial;
}

export const KINDS_OF_WORK = ['macs', 'hidden', 'multiplies', 'adds', 'exps', 'entries'] as const;

/** What can be counted while it is done; of `macs`, hidden ones are among them. */
export type Counts = Readonly<Record<'macs' | 'multiplies' | 'adds' | 'exps', number>>;

/** The cost of one application, given its types. */
export type Cost = (
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  attrs: Attrs,
) => Partial<Work>;

/** Bytes, given the types of one application. */
export type Bytes = (
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  attrs: Attrs,
) => Polynomial;

export const elements = ({ shape }: TensorType): Polynomial => times(...shape);

/** How many lines a tensor has along an axis. */
export const lines = ({ shape }: TensorType, axis: number): Polynomial =>
  times(...shape.filter((_, i) => i !== axis));

export const bytes = (t: TensorType): Polynomial => scale(elements(t), ELEMENT_BYTES[t.dtype]);

export const together = (all: readonly Partial<Work>[]): Work =>
  Object.fromEntries(
    KINDS_OF_WORK.map((kind) => [kind, sum(...all.map((one) => one[kind] ?? ZERO))]),
  ) as unknown as Work;

export const NO_WORK: Work = together([]);

export type PerElement = Partial<Record<keyof Work, number>>;

/** So much of each kind for so many elements. */
export const each = (count: Polynomial, counts: PerElement): Partial<Work> =>
  Object.fromEntries(Object.entries(counts).map(([kind, n]) => [kind, scale(count, n)]));

/** So much of each kind for every element of the first output. */
export const perElement =
  (counts: PerElement): Cost =>
  (_, [y]) =>
    each(elements(y!), counts);

/** What is picked, and by which index: the rest of the table is not read. */
export const picked: Bytes = ([, index], [y]) => sum(bytes(y!), index ? bytes(index) : ZERO);

/** Moves, compares, converts or renames; computes nothing. */
export const free: Cost = () => ({});
