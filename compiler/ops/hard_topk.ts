/**
 * HardTopK keeps the k best-scored rows, in document order or by score. It is a plain selection without a gradient
 * through the scores. It has the inputs and outputs of `soft_topk`, with groups of one row.
 * The slot of a masked row contains that row.
 */
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, min } from '../ir/dim.ts';
import { type Attrs, type } from '../ir/graph.ts';
import type { Composite, Sample } from '../ir/op.ts';
import { cast } from './cast.ts';
import { gatherElements } from './gather.ts';
import { unsqueeze } from './layout.ts';
import { isReal, ranking } from './ranking.ts';
import { topK } from './reduce.ts';
import { dim, expectDType, expectRank, present, text } from './shapes.ts';
import { expectPlaces, rowsAt } from './weighted_rows.ts';

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [x, rawScore, mask, at = null] = ins as readonly [Value, Value, Value | null, (Value | null)?];
  const kept = min(rawScore.type.shape[1]!, dim(attrs, 'k'));
  const { score } = ranking(b, rawScore, mask, null);
  let index = b.many(topK, [score], { k: kept })[1]!;
  if (text(attrs, 'order') === 'position') index = b.many(topK, [index], { k: kept, largest: false })[0]!;
  const chosen = b.add(gatherElements, [score, index], { axis: 1 });
  const real = isReal(b, chosen);
  const weight = b.add(cast, [real], { to: 'f32' });
  const column = (v: Value): Value => b.add(unsqueeze, [v], { axis: -1 });
  return [rowsAt(b, x, index, at), real, column(index), column(weight)];
}

const sample = (n: number, k: number, order: string): Sample => ({
  ins: [`f32[2, ${n}, 3]`, `f32[2, ${n}]`, `bool[2, ${n}]`],
  attrs: { k, order },
});

export const hardTopk: Composite = {
  name: 'hard_topk',
  doc: 'Keeps the k best-scored of n rows.',
  float16: 'rows',
  pooling: 'selects',
  ins: ['x', 'score', 'mask?', 'at?'],
  outs: ['y', 'y_mask', 'index', 'weight'],
  attrs: { k: { kind: 'dim' }, order: { kind: 'string', default: 'position' } },
  samples: [
    sample(8, 3, 'position'),
    sample(8, 3, 'score'),
    sample(2, 3, 'position'),
    { ins: ['f32[3, 4, 3]', 'f32[2, 7]', 'bool[2, 7]', 'i64[2, 7] < 12'], attrs: { k: 3 } },
    { ins: ['f16[2, 8, 3]', 'f32[2, 8]', 'bool[2, 8]'], attrs: { k: 3 } },
  ],
  infer: ([x, score, mask, at], attrs) => {
    const [t, s] = [present(x, 'x'), present(score, 'score')];
    expectDType(t, 'x', 'f32', 'f16');
    expectDType(s, 'score', 'f32');
    expectRank(s, 'score', 2);
    if (mask) expectDType(mask, 'mask', 'bool');
    const [batch, n] = s.shape as readonly [Dim, Dim];
    expectPlaces(t, at ?? null, batch, n);
    const width = t.shape.at(-1)!;
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
