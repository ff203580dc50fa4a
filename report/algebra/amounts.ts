/**
 * Values of quantities, with the parts that add up to each value. The advice for a broken budget names the largest part.
 */

import type { PartName } from '../parts_text.ts';
import { add, NOTHING, type Rational, whole } from './fractions.ts';
import type { Groups } from './parameters.ts';

export interface Part {
  readonly part: PartName;
  readonly side: 'encoder' | 'decoder' | null;
  /** Counted from 0; null for a part outside of layers. */
  readonly layer: number | null;
  readonly amount: Rational;
}

/** A quantity is the sum of its parts. */
export interface Amount {
  readonly total: Rational;
  readonly parts: readonly Part[];
}

/**
 * Adds up parts. If all parts are integers, which is usual, they are added as integers, because sums of thousands of
 * fractions are slow.
 */
export function sumOf(parts: readonly Part[]): Amount {
  const total = parts.every(({ amount }) => amount.denominator === 1n)
    ? whole(parts.reduce((sum, { amount }) => sum + amount.numerator, 0n))
    : parts.reduce((sum, { amount }) => add(sum, amount), NOTHING);
  return { total, parts };
}

export const NO_AMOUNT: Amount = sumOf([]);

export const part = (name: PartName, amount: bigint, side: Part['side'] = null): Part => ({
  part: name,
  side,
  layer: null,
  amount: whole(amount),
});

/** An amount with one part for each group of weights. The parts are counts of parameters, or bytes. */
export const groupsOf = (all: Groups): Amount =>
  sumOf(Object.entries(all).map(([group, size]) => part(`weights.${group}` as PartName, size)));

/** A whole amount as one part of another amount. */
export const lumped = (name: PartName, { total }: Amount): Part => ({ ...part(name, 0n), amount: total });
