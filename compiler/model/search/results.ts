/** The texts of a search with their normalised scores, best first. */
import type { Value } from '../../ir/build.ts';
import { div, equal, maximum, pow } from '../../ops/binary.ts';
import { cast } from '../../ops/cast.ts';
import { scalar } from '../../ops/constants.ts';
import { gatherRows } from '../../ops/gather.ts';
import { squeeze } from '../../ops/layout.ts';
import { reduceSum, topK } from '../../ops/reduce.ts';
import { not } from '../../ops/unary.ts';
import type { Lowering } from '../lowering.ts';
import type { Beams } from './state.ts';

/**
 * Gives sequences i64 [B, returned, past], which end with eos and are padded after it, and scores f32 [B, returned]: the
 * sum of log-probabilities / length^penalty. A text that was not found consists of padding and has the score -inf.
 */
export function bestTexts(
  { b, ids, search }: Lowering,
  { finished, finishedScore }: Beams,
  penalty: Value,
): { readonly sequences: Value; readonly scores: Value } {
  const written = b.add(not, [b.add(equal, [finished, scalar(b, 'i64', ids.pad)])]);
  const count = b.add(reduceSum, [b.add(cast, [written], { to: 'f32' })], { axis: 2 });
  // A text that was not found has the length 0, and 0 to a negative power would be infinite.
  const length = b.add(maximum, [b.add(squeeze, [count], { axis: 2 }), scalar(b, 'f32', 1)]);
  const scores = b.add(div, [finishedScore, b.add(pow, [length, penalty])]);
  if (search.beam === 1) return { sequences: finished, scores };
  const [best, order] = b.many(topK, [scores], { k: search.returned });
  return { sequences: b.add(gatherRows, [finished, order!]), scores: best! };
}
