/**
 * Runs SoftTopK as a tournament on scores alone. SoftTopK is defined round by round on the embeddings, but the
 * scores alone decide which rows are combined, and with which weights. So the rounds run on scores, and the
 * embeddings are read once, by one weighted gather. The more rounds there are, the more memory traffic this saves.
 * The pass refuses a pooling that keeps all rows.
 */
import { dimEquals, min } from '../compiler/ir/dim.ts';
import { dim } from '../compiler/ops/shapes.ts';
import type { Pass } from './pass.ts';
import { type Rule, rewrite } from './rewrite.ts';

const runOnScores: Rule = {
  name: 'run_on_scores',
  roots: ['soft_topk'],
  apply: (match) => {
    const { b, node, ins } = match;
    if (node.attrs.form !== 'rounds') return match.miss('it does not run round by round');
    const n = match.type(ins[1]!).shape[1]!;
    if (dimEquals(min(n, dim(node.attrs, 'k')), n)) return match.miss('there are no rows to pool', 1);
    const values = ins.map((id) => (id === null ? null : match.value(id)));
    return b.many(match.op(node.op), values, { ...node.attrs, form: 'tournament' });
  },
};

export const poolByScores: Pass = {
  name: 'pool_by_scores',
  doc: 'Runs SoftTopK as a tournament on scores with one weighted gather, instead of rounds over embeddings.',
  run: (graph, ctx) => rewrite(graph, [runOnScores], ctx),
};
