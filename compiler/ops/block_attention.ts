/**
 * Blockwise attention (Pietruszka et al. 2022, §3): the sequence is cut into consecutive blocks of
 * min(block, n) positions, and each block attends within itself. Blocks are contiguous, so folding them into the
 * batch moves no data.
 *
 * C1: block divides n, unless n is shorter than one block. C2: q, k and v have the same type. C3: mask is bool [B, n].
 * `scaled` has the same meaning as in `attention` (C4 there).
 */

import type { Builder, Value } from '../ir/build.ts';
import { type Dim, dimText, floorDiv, min, mul } from '../ir/dim.ts';
import { type Attrs, sameType, typeText } from '../ir/graph.ts';
import { type Composite, require } from '../ir/op.ts';
import { times } from '../ir/polynomial.ts';
import { attention, attentionWork, openMask } from './attention.ts';
import { reshape } from './layout.ts';
import { dim, expectRank, present } from './shapes.ts';

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [q, k, v, mask] = ins as readonly [Value, Value, Value, Value | null];
  const [batch, n, width] = q.type.shape as readonly [Dim, Dim, Dim];
  const block = min(n, dim(attrs, 'block'));
  const blocks = mul(batch, floorDiv(n, block));
  const fold = (x: Value): Value => b.add(reshape, [x], { shape: [blocks, block, width] });
  // A block that contains only padding attends to itself. Nothing reads its result, but the result must be finite.
  const foldedMask = mask && openMask(b, b.add(reshape, [mask], { shape: [blocks, block] }));
  const context = b.add(attention, [fold(q), fold(k), fold(v), foldedMask], {
    heads: attrs.heads!,
    scaled: attrs.scaled!,
    kernel: attrs.kernel!,
  });
  return [b.add(reshape, [context], { shape: q.type.shape })];
}

const sample = (n: number, block: number, mask: boolean, scaled = false): Composite['samples'][number] => ({
  ins: [`f32[2, ${n}, 8]`, `f32[2, ${n}, 8]`, `f32[2, ${n}, 8]`, mask ? `bool[2, ${n}]` : null],
  attrs: { heads: 2, block, scaled },
});

export const blockAttention: Composite = {
  name: 'block_attention',
  doc: 'Attention within consecutive blocks. q, k and v are [B, n, d]; mask [B, n] is true at keys that may be seen.',
  float16: 'all',
  scalesQueries: true,
  ins: ['q', 'k', 'v', 'mask?'],
  outs: ['y'],
  attrs: {
    heads: { kind: 'dim' },
    block: { kind: 'dim' },
    scaled: { kind: 'bool', default: false },
    kernel: { kind: 'string', default: 'body', hint: true },
  },
  samples: [
    sample(12, 4, true),
    sample(12, 4, false),
    sample(3, 4, true),
    sample(12, 4, true, true),
    {
      ins: ['f16[2, 12, 8]', 'f16[2, 12, 8]', 'f16[2, 12, 8]', 'bool[2, 12]'],
      attrs: { heads: 2, block: 4 },
    },
  ],
  infer: (ins, attrs) => {
    const t = present(ins[0], 'q');
    expectRank(t, 'q', 3);
    for (const [i, name] of ['k', 'v'].entries()) {
      const other = present(ins[i + 1], name);
      require(sameType(other, t), () => `C2: ${name} is ${typeText(other)}, but q is ${typeText(t)}`);
    }
    if (ins[3])
      require(sameType(ins[3], { dtype: 'bool', shape: t.shape.slice(0, 2) }), () =>
        'C3: mask is not bool [B, n]');
    const [n, block] = [t.shape[1]!, dim(attrs, 'block')];
    const fits = typeof n !== 'number' || typeof block !== 'number' || n <= block || n % block === 0;
    require(fits, () => `C1: blocks of ${dimText(block)} do not divide ${dimText(n)}`);
    return [t];
  },
  cost: ([q], _, attrs) => {
    const [batch, n, width] = q!.shape as readonly [Dim, Dim, Dim];
    const span = min(n, dim(attrs, 'block'));
    const macs = times(2, batch, n, span, width);
    return attentionWork(times(batch, n, span, dim(attrs, 'heads')), { macs }, q!, attrs);
  },
  body,
  onnxFunction: 'BlockAttention',
  kernels: attention.kernels!,
};
