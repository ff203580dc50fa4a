import { expect, test } from 'vitest';
import { poolByScores } from '../../passes/pool_by_scores.ts';
import { after, declined } from './checks.ts';

const pooling = (
  n: string,
  k: number,
  form: string,
  out = `min(${n}, ${k})`,
  group = `pow2ceil(ceildiv(${n}, ${k}))`,
) =>
  `graph g(x: %0 f32[batch, ${n}, 3], score: %1 f32[batch, ${n}], mask: %2 bool[batch, ${n}]) {
  %3: f32[batch, ${out}, 3], %4: bool[batch, ${out}], %5: i64[batch, ${out}, ${group}], %6: f32[batch, ${out}, ${group}] = soft_topk(%0, %1, %2) {k: ${k}, base: 20, order: "position", pair: "best_worst", form: "${form}"}  // encoder.pool @7-9
  return y: %3, y_mask: %4, index: %5, weight: %6
}
`;

test('rounds over embeddings become a tournament on scores', () => {
  expect(after(poolByScores, pooling('n', 2, 'rounds'))).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 3], score: %1 f32[batch, n], mask: %2 bool[batch, n]) {
      %3: f32[batch, min(n, 2), 3], %4: bool[batch, min(n, 2)], %5: i64[batch, min(n, 2), pow2ceil(ceildiv(n, 2))], %6: f32[batch, min(n, 2), pow2ceil(ceildiv(n, 2))] = soft_topk(%0, %1, %2) {k: 2, base: 20, order: "position", pair: "best_worst", form: "tournament"}  // encoder.pool @7-9
      return y: %3, y_mask: %4, index: %5, weight: %6
    }
    "
  `);
});

test('the number of scores determines whether there are rows to pool, even if the rows are packed', () => {
  const packed = pooling('n', 2, 'rounds')
    .replace('x: %0 f32[batch, n, 3]', 'x: %0 f32[5, 2, 3]')
    .replace('mask: %2 bool[batch, n]', 'mask: %2 bool[batch, n], at: %7 i64[batch, n]')
    .replace('(%0, %1, %2)', '(%0, %1, %2, %7)');
  expect(after(poolByScores, packed)).toContain('form: "tournament"');
});

test.each([
  ['a tournament already', 'it does not run round by round', pooling('n', 2, 'tournament')],
  ['nothing to pool', 'there are no rows to pool', pooling('3', 4, 'rounds', '3', '1')],
  ['a pooling to as many rows', 'there are no rows to pool', pooling('4', 4, 'rounds', '4', '1')],
])('does not fire where there is %s', (_, reason, text) => {
  expect(declined(poolByScores, 'run_on_scores', text)).toBe(reason);
});
