/**
 * Scores made fit for ranking, as both poolings use them: finite, orderable, masked rows last. A NaN score
 * counts as masked; the rows themselves must be finite.
 */
import type { Builder, Value } from '../ir/build.ts';
import { and, greater, maximum, minimum } from './binary.ts';
import { scalar } from './constants.ts';
import { isNan, not } from './unary.ts';
import { where } from './where.ts';

/** The score of a masked row: below every real one, yet finite, so that 0 · v stays 0. */
export const MASKED = -1e30;
const LOWEST = -1e29;

export interface Ranking {
  /** f32 [B, n]: the scores, cut to a finite range; MASKED where the row does not count. */
  readonly score: Value;
  /** bool [B, n]: rows that count. */
  readonly real: Value;
}

/** `highest` is a scalar above which scores are cut; null for none but the largest finite one. */
export function ranking(b: Builder, raw: Value, mask: Value | null, highest: Value | null): Ranking {
  const top = highest ?? scalar(b, 'f32', -LOWEST);
  const cut = b.add(maximum, [b.add(minimum, [raw, top]), scalar(b, 'f32', LOWEST)]);
  const number = b.add(not, [b.add(isNan, [raw])]);
  const real = mask ? b.add(and, [mask, number]) : number;
  return { score: b.add(where, [real, cut, scalar(b, 'f32', MASKED)]), real };
}

/** Whether a score that `ranking` made, or a mean of such scores, is a real row's. */
export const isReal = (b: Builder, score: Value): Value =>
  b.add(greater, [score, scalar(b, 'f32', 2 * LOWEST)]);
