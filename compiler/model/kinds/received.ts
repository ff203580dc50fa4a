/** The attention that each row receives: the column sums of an attention's probabilities. */
import type { Builder, Value } from '../../ir/build.ts';
import { openMask, splitHeads } from '../../ops/attention.ts';
import { div, mul } from '../../ops/binary.ts';
import { cast } from '../../ops/cast.ts';
import { scalar } from '../../ops/constants.ts';
import { squeeze, transpose, unsqueeze } from '../../ops/layout.ts';
import { matmul } from '../../ops/matmul.ts';
import { FORBIDDEN } from '../../ops/multi_head_attention.ts';
import { reduceSum } from '../../ops/reduce.ts';
import { softmax } from '../../ops/softmax.ts';
import { where } from '../../ops/where.ts';

/**
 * f32 [B, n]: the sum of the probabilities that all queries of all heads assign to each key. q and k are [B, n, d].
 * Rows where `mask`, bool [B, n], is false neither assign nor receive attention.
 */
export function receivedBy(b: Builder, q: Value, k: Value, mask: Value | null, heads: number): Value {
  const [queries, keys] = [splitHeads(b, q, heads), splitHeads(b, k, heads)];
  const root = Math.sqrt(queries.type.shape[3] as number);
  const scaled = b.add(div, [queries, scalar(b, 'f32', root)]);
  const logits = b.add(matmul, [scaled, b.add(transpose, [keys], { order: [0, 1, 3, 2] })]);
  const sums = (probabilities: Value): Value => {
    const ofHeads = b.add(reduceSum, [b.add(reduceSum, [probabilities], { axis: 2 })], { axis: 1 });
    return b.add(squeeze, [b.add(squeeze, [ofHeads], { axis: 2 })], { axis: 1 });
  };
  if (!mask) return sums(b.add(softmax, [logits]));
  const along = (rows: Value, axis: number): Value =>
    b.add(unsqueeze, [b.add(unsqueeze, [rows], { axis: 1 })], { axis });
  const seen = b.add(where, [along(openMask(b, mask), 1), logits, scalar(b, 'f32', FORBIDDEN.f32)]);
  const real = b.add(cast, [mask], { to: 'f32' });
  const given = b.add(mul, [b.add(softmax, [seen]), along(real, 3)]);
  return b.add(mul, [sums(given), real]);
}
