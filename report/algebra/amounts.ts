/** Values of quantities, and the parts that each is the sum of: what advice points at. */

import type { PartName } from '../parts_text.ts';
import { add, NOTHING, type Rational, whole } from './fractions.ts';
import type { Groups } from './parameters.ts';

export interface Part {
  readonly part: PartName;
  readonly side: 'encoder' | 'decoder' | null;
  /** From 0; null for what belongs to no layer. */
  readonly layer: number | null;
  readonly amount: Rational;
}

/** A quantity is the sum of its parts. */
export interface Amount {
  readonly total: Rational;
  readonly parts: readonly Part[];
}

/** Almost all are whole, and thousands of layers are no sum of fractions. */
export function sumOf(parts: readonly Part[]): Amount {
  const total = parts.every(({ amount }) => amount.denominator === 1n)
    ? whole(parts.reduce((sum, { amount }) => sum + amount.numerator, 0n))
    : parts.reduce((sum, { amount }) => add(sum, amount), NOTHING);
  return { total, parts };
}

export const NO_AMOUNT: Amount = sumOf([]);

export const part = (name: PartName, amount: bigint, side: Part['side'] = null): Part => ({
  ...{ part: name, side, layer: null },
  amount: whole(amount),
});

/** Numbers or bytes of weights, by what they are for. */
export const groupsOf = (all: Groups): Amount =>
  sumOf(Object.entries(all).map(([group, size]) => part(`weights.${group}` as PartName, size)));

/** As one part. */
export const lumped = (name: PartName, { total }: Amount): Part => ({ ...part(name, 0n), amount: total });
