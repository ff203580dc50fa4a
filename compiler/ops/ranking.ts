/**
 * Makes scores suitable for ranking, which both poolings need: finite and orderable, with masked rows last. A NaN
 * score counts as masked. The rows themselves must be finite.
 */
import type { Builder, Value } from '../ir/build.ts';
import { and, greater, maximum, minimum } from './binary.ts';
import { scalar } from './constants.ts';
import { isNan, not } from './unary.ts';
import { where } from './where.ts';

/** The score of a masked row. It is below every real score, but finite, so that 0 · v stays 0. */
export const MASKED = -1e30;
const LOWEST = -1e29;

export interface Ranking {
  /** f32 [B, n]: the scores, clipped to a finite range; MASKED where the row does not count. */
  readonly score: Value;
  /** bool [B, n]: whether a row counts. */
  readonly real: Value;
}

/**
 * Makes raw scores f32 [B, n] suitable for ranking. Scores above the scalar `highest` are clipped to it. If `highest`
 * is null, they are clipped to a large finite score.
 */
export function ranking(b: Builder, raw: Value, mask: Value | null, highest: Value | null): Ranking {
  const top = highest ?? scalar(b, 'f32', -LOWEST);
  const cut = b.add(maximum, [b.add(minimum, [raw, top]), scalar(b, 'f32', LOWEST)]);
  const number = b.add(not, [b.add(isNan, [raw])]);
  const real = mask ? b.add(and, [mask, number]) : number;
  return { score: b.add(where, [real, cut, scalar(b, 'f32', MASKED)]), real };
}

/** Whether a score that `ranking` made, or a mean of such scores, belongs to a real row. */
export const isReal = (b: Builder, score: Value): Value =>
  b.add(greater, [score, scalar(b, 'f32', 2 * LOWEST)]);
