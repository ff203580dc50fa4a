/** `pool hard_topk by linear`: selects the k best rows. */
import { min } from '../../ir/dim.ts';
import { hardTopk } from '../../ops/hard_topk.ts';
import type { PoolKind } from './kind.ts';

export const hardTopkPool: PoolKind = {
  name: 'hard_topk',
  doc: 'Selection of the k best rows, without a gradient to the scorer (PoWER-style; Goyal et al. 2020).',
  params: [
    {
      name: 'order',
      doc: 'Order of the kept rows: as in the document, or best score first.',
      type: 'choice',
      choices: ['position', 'score'],
      default: 'position',
    },
  ],
  emitted: (n, k) => min(n, k),
  lower: ({ b, packed: { x, at }, mask, k, paper, score }, { order }) => {
    const [y, real, index, weight] = b.many(hardTopk, [x, score(), mask, at], {
      k,
      order: paper ? 'score' : order!,
    });
    return { x: y!, mask: real!, index: index!, weight: weight! };
  },
};
