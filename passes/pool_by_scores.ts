/**
 * The score-only tournament. SoftTopK is defined round by round on the embeddings, but who meets whom
 * and with which weights depends on the scores alone (SYSTEMS.md 2.5): so the rounds run on scores and
 * the embeddings are touched once, by one weighted gather. Less memory traffic the more rounds there
 * are. Refuses a pooling that has nothing to pool.
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
    if (dimEquals(min(n, dim(node.attrs, 'k')), n)) return match.miss('no more rows come in than go out', 1);
    const values = ins.map((id) => (id === null ? null : match.value(id)));
    return b.many(match.op(node.op), values, { ...node.attrs, form: 'tournament' });
  },
};

export const poolByScores: Pass = {
  name: 'pool_by_scores',
  doc: 'SoftTopK as a tournament on scores with one weighted gather, instead of rounds over embeddings.',
  run: (graph, ctx) => rewrite(graph, [runOnScores], ctx),
};
