/** `pool soft_topk(base: 20) by linear`: trainable pooling by successive halving. */
import { min } from '../../ir/dim.ts';
import { softTopk } from '../../ops/soft_topk.ts';
import type { PoolKind } from './kind.ts';

export const softTopkPool: PoolKind = {
  name: 'soft_topk',
  doc: 'Successive halving to k convex combinations of the best rows (Pietruszka et al. 2022, Algorithm 1).',
  params: [
    {
      name: 'base',
      doc: 'Base b of the peaked softmax over b^score; larger is sharper.',
      type: 'number',
      default: 20,
      min: 1.001,
      max: 1e6,
    },
    {
      name: 'order',
      doc: 'Order of the kept rows: by the position of their winners in the document, or best winner first.',
      type: 'choice',
      choices: ['position', 'score'],
      default: 'position',
    },
    {
      name: 'pair',
      doc: 'Which rows are paired in a halving: best with worst, or rank i with rank i + n/2.',
      type: 'choice',
      choices: ['best_worst', 'shifted'],
      default: 'best_worst',
    },
  ],
  emitted: (n, k) => min(n, k),
  lower: ({ b, packed: { x, at }, mask, k, paper, score }, { base, order, pair }) => {
    const attrs = { k, base: base!, order: paper ? 'score' : order!, pair: pair! };
    const [y, real, index, weight] = b.many(softTopk, [x, score(), mask, at], attrs);
    return { x: y!, mask: real!, index: index!, weight: weight! };
  },
};
