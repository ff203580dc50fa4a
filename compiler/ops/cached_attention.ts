/**
 * Attention of new rows over all earlier rows and themselves: attention(q, [past_key; k],
 * [past_value; v]). It also gives the caches of keys and values with the new rows appended. q, k and v are [B, a,
 * d]; the caches are [B, H, p, d_h] before and [B, H, p + a, d_h] after, in the layout of Hugging Face.
 *
 * It is one op because ONNX Runtime's operators append to the cache of a head and immediately multiply by it. With a
 * separate `Concat` of the caches, a search of 256 tokens with two beams takes 10 % longer.
 *
 * C1: q, k and v have the same type. Both caches have the same type, and agree with q in dtype, batch, heads and width.
 * C2: mask is bool [B, a, p + a], and every row sees at least one key. Without a mask, every row sees all keys.
 * `scaled` has the same meaning as in `attention` (C4 there).
 */

import type { Builder, Value } from '../ir/build.ts';
import { type Dim, mul, add as plus } from '../ir/dim.ts';
import { type Attrs, type Literal, sameType, type TensorType, type, typeText } from '../ir/graph.ts';
import { kernels } from '../ir/kernels.ts';
import { type Composite, type OnnxForm, require } from '../ir/op.ts';
import { product, times } from '../ir/polynomial.ts';
import {
  ATTENTION_ON,
  ATTENTION_OPSET,
  attention,
  attentionScratch,
  attentionWork,
  mergeHeads,
  splitHeads,
  standardAttrs,
} from './attention.ts';
import { cachedMultiHead, MULTI_HEAD_NEEDS } from './multi_head_attention.ts';
import { concat } from './pieces.ts';
import { dim, expectDType, expectRank, present } from './shapes.ts';

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [q, k, v, pastKey, pastValue, mask] = ins as readonly [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value | null,
  ];
  const [, heads, , size] = pastKey.type.shape as readonly [Dim, Dim, Dim, Dim];
  const split = (x: Value): Value => splitHeads(b, x, heads, size);
  const key = b.add(concat, [pastKey, split(k)], { axis: 2 });
  const value = b.add(concat, [pastValue, split(v)], { axis: 2 });
  const context = b.add(attention, [split(q), key, value, mask], {
    heads: attrs.heads!,
    scaled: attrs.scaled!,
    kernel: attrs.kernel!,
  });
  return [mergeHeads(b, context, q.type.shape[2]!), key, value];
}

/** The operator `Attention` of opset 23 with its caches. */
const standard: OnnxForm = (scope, ins, outs, node) => {
  const [q, k, v, key, value, mask] = ins as readonly [string, string, string, string, string, string?];
  const attrs = standardAttrs(node.attrs, true);
  if (!mask) return scope.node('Attention', [q, k, v, '', key, value], outs, attrs);
  const { shape } = scope.typeOf(node.ins[5]!);
  const full = scope.fresh('mask', type('bool', shape[0]!, 1, ...shape.slice(1)));
  scope.node('Unsqueeze', [mask, scope.i64(1)], [full]);
  scope.node('Attention', [q, k, v, full, key, value], outs, attrs);
};

/** A mask for two new rows after three old ones: each new row sees itself and some of the other rows. */
const OWN: Literal = {
  dtype: 'bool',
  shape: [2, 2, 5],
  data: [1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1],
};

const sample = (rows: number, past: number, mask: Literal | string | null, dtype = 'f32') => ({
  ins: [
    ...Array.from({ length: 3 }, () => `${dtype}[2, ${rows}, 8]`),
    ...Array.from({ length: 2 }, () => `${dtype}[2, 2, ${past}, 4]`),
    mask,
  ],
  attrs: { heads: 2 },
  sums: { [past + rows]: [past, rows] },
});

export const cachedAttention: Composite = {
  name: 'cached_attention',
  doc: 'Attention of new rows over [past; new], and the caches with the new rows appended. q, k and v are [B, a, d], the caches [B, H, p, d_h], mask [B, a, p + a].',
  float16: 'all',
  scalesQueries: true,
  ins: ['q', 'k', 'v', 'past_key', 'past_value', 'mask?'],
  outs: ['y', 'key', 'value'],
  attrs: {
    heads: { kind: 'dim' },
    scaled: { kind: 'bool', default: false },
    kernel: { kind: 'string', default: 'body', hint: true },
  },
  samples: [
    sample(1, 4, null),
    sample(2, 3, OWN),
    sample(2, 3, null),
    sample(1, 0, null),
    { ...sample(1, 4, null), attrs: { heads: 2, scaled: true } },
    sample(2, 3, OWN, 'f16'),
  ],
  infer: (ins, attrs) => {
    const [q, k, v] = ['q', 'k', 'v'].map((name, i) => present(ins[i], name)) as [
      TensorType,
      TensorType,
      TensorType,
    ];
    expectDType(q, 'q', 'f32', 'f16');
    expectRank(q, 'q', 3);
    for (const [t, name] of [
      [k, 'k'],
      [v, 'v'],
    ] as const)
      require(sameType(t, q), () => `C1: ${name} is ${typeText(t)}, but q is ${typeText(q)}`);
    const [key, value] = [present(ins[3], 'past_key'), present(ins[4], 'past_value')];
    expectRank(key, 'past_key', 4);
    require(sameType(key, value), () =>
      `C1: past_key is ${typeText(key)}, but past_value is ${typeText(value)}`);
    const [batch, rows, width] = q.shape as readonly [Dim, Dim, Dim];
    const [, heads, past, size] = key.shape as readonly [Dim, Dim, Dim, Dim];
    const same = (a: Dim, b: Dim): boolean => typeof a !== 'number' || typeof b !== 'number' || a === b;
    const fits = same(heads, dim(attrs, 'heads')) && same(mul(heads, size), width);
    require(sameType(key, type(q.dtype, batch, heads, past, size)) && fits, () =>
      `C1: past_key is ${typeText(key)}, but q is ${typeText(q)}`);
    const total = plus(past, rows);
    const wanted = type('bool', batch, rows, total);
    const mask = ins[5];
    require(!mask || sameType(mask, wanted), () =>
      `C2: mask is ${typeText(mask!)}, but it must be ${typeText(wanted)}`);
    const grown = type(q.dtype, batch, heads, total, size);
    return [q, grown, grown];
  },
  cost: ([q], [, key], attrs) => {
    const [batch, rows, width] = q!.shape as readonly [Dim, Dim, Dim];
    const total = key!.shape[2]!;
    const macs = times(2, batch, rows, total, width);
    return attentionWork(times(batch, rows, total, dim(attrs, 'heads')), { macs }, q!, attrs);
  },
  scratch: ([q, , , , , mask], [, key], attrs) => {
    const seen = times(q!.shape[0]!, q!.shape[1]!, key!.shape[2]!);
    const entries = product(seen, times(dim(attrs, 'heads')));
    return attentionScratch(entries, mask ? seen : undefined, q!.dtype, attrs.kernel);
  },
  body,
  kernels: kernels(
    {
      // ONNX Runtime 1.23 fails where the caches are empty, as at the first word of a search.
      standard: { write: standard, needs: { opset: ATTENTION_OPSET, onnxRuntime: '1.24' } },
      multi_head: { write: cachedMultiHead, needs: MULTI_HEAD_NEEDS },
    },
    ATTENTION_ON,
  ),
};
