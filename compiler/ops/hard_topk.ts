/**
 * HardTopK: the k best-scored rows, kept in document order or by score; a plain selection without
 * gradient through the scores (SYSTEMS.md 1.6, 3). Same inputs and outputs as `soft_topk`, groups of 1; the
 * slots of masked rows hold those rows.
 */
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, min } from '../ir/dim.ts';
import { type Attrs, type } from '../ir/graph.ts';
import type { Composite, Sample } from '../ir/op.ts';
import { cast } from './cast.ts';
import { gatherElements, gatherRows } from './gather.ts';
import { unsqueeze } from './layout.ts';
import { isReal, ranking } from './ranking.ts';
import { topK } from './reduce.ts';
import { dim, expectDType, expectRank, present, text } from './shapes.ts';

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [x, rawScore, mask] = ins as readonly [Value, Value, Value | null];
  const kept = min(x.type.shape[1]!, dim(attrs, 'k'));
  const { score } = ranking(b, rawScore, mask, null);
  let index = b.many(topK, [score], { k: kept })[1]!;
  if (text(attrs, 'order') === 'position') index = b.many(topK, [index], { k: kept, largest: false })[0]!;
  const chosen = b.add(gatherElements, [score, index], { axis: 1 });
  const real = isReal(b, chosen);
  const weight = b.add(cast, [real], { to: 'f32' });
  const column = (v: Value): Value => b.add(unsqueeze, [v], { axis: -1 });
  return [b.add(gatherRows, [x, index]), real, column(index), column(weight)];
}

const sample = (n: number, k: number, order: string): Sample => ({
  ins: [`f32[2, ${n}, 3]`, `f32[2, ${n}]`, `bool[2, ${n}]`],
  attrs: { k, order },
});

export const hardTopk: Composite = {
  name: 'hard_topk',
  doc: 'The k best-scored of n rows (SYSTEMS.md 1.6).',
  ins: ['x', 'score', 'mask?'],
  outs: ['y', 'y_mask', 'index', 'weight'],
  attrs: { k: { kind: 'dim' }, order: { kind: 'string', default: 'position' } },
  samples: [sample(8, 3, 'position'), sample(8, 3, 'score'), sample(2, 3, 'position')],
  infer: ([x, score, mask], attrs) => {
    const t = present(x, 'x');
    expectRank(t, 'x', 3);
    expectDType(present(score, 'score'), 'score', 'f32');
    if (mask) expectDType(mask, 'mask', 'bool');
    const [batch, n, width] = t.shape as readonly [Dim, Dim, Dim];
    const kept = min(n, dim(attrs, 'k'));
    return [
      type(t.dtype, batch, kept, width),
      type('bool', batch, kept),
      type('i64', batch, kept, 1),
      type('f32', batch, kept, 1),
    ];
  },
  body,
  onnxFunction: 'HardTopK',
};
