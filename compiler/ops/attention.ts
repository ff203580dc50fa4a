/**
 * Multi-head scaled dot-product attention: softmax(q·kᵀ / √d_h) · v for each head. Heads are
 * either still merged, q [B, a, d] with k and v [B, c, d], or split, [B, H, ·, d_h].
 *
 * C1: q, k and v agree in batch, width and rank. k and v also agree in length.
 * C2: `causal` needs a = c and no mask. Query i then sees keys 0 … i.
 * C3: mask is bool, [B, c] for all queries of an item or [B, a, c] for each query. Every query must see at least
 * one key, because its result would otherwise be NaN. Where this is not certain, `openMask` ensures
 * it.
 * C4: with `scaled`, q is already divided by √d_h, and the op does not divide it again.
 */

import type { Builder, Value } from '../ir/build.ts';
import { type Dim, dimEquals, dimText, floorDiv, sub as minus, add as plus } from '../ir/dim.ts';
import { ELEMENT_BYTES } from '../ir/dtype.ts';
import { type Attrs, type Literal, sameType, type TensorType, type, typeText } from '../ir/graph.ts';
import { kernels } from '../ir/kernels.ts';
import type { OnnxAttr } from '../ir/onnx_scope.ts';
import { type Composite, type OnnxForm, require } from '../ir/op.ts';
import { type Polynomial, product, scale, sum, times, ZERO } from '../ir/polynomial.ts';
import { elements, together, type Work } from '../ir/work.ts';
import { div, greater, less, or } from './binary.ts';
import { cast } from './cast.ts';
import { dimAsValue, iota, scalar } from './constants.ts';
import { reshape, transpose, unsqueeze } from './layout.ts';
import { matmul } from './matmul.ts';
import { FORBIDDEN, MULTI_HEAD_NEEDS, multiHead } from './multi_head_attention.ts';
import { reduceMax } from './reduce.ts';
import { dim, expectDType, expectRank, flag, present } from './shapes.ts';
import { softmax, softmaxWork } from './softmax.ts';
import { sqrt } from './unary.ts';
import { where } from './where.ts';

/** [B, n, d] → [B, H, n, d_h]. The elements of a single row already have that order. */
export const splitHeads = (
  b: Builder,
  x: Value,
  heads: Dim,
  size = floorDiv(x.type.shape[2]!, heads),
): Value => {
  const [batch, length] = x.type.shape as readonly [Dim, Dim, Dim];
  if (length === 1) return b.add(reshape, [x], { shape: [batch, heads, 1, size] });
  const split = b.add(reshape, [x], { shape: [batch, length, heads, size] });
  return b.add(transpose, [split], { order: [0, 2, 1, 3] });
};

/** The inverse of `splitHeads`: [B, H, n, d_h] → [B, n, width]. */
export const mergeHeads = (b: Builder, x: Value, width: Dim): Value => {
  const [batch, , length] = x.type.shape as readonly [Dim, Dim, Dim, Dim];
  const rows = length === 1 ? x : b.add(transpose, [x], { order: [0, 2, 1, 3] });
  return b.add(reshape, [rows], { shape: [batch, length, width] });
};

/** The mask [B, c], changed to all true for each item of the batch whose mask forbids every key. */
export function openMask(b: Builder, mask: Value): Value {
  const most = b.add(reduceMax, [b.add(cast, [mask], { to: 'f32' })], { axis: 1 });
  const none = b.add(less, [most, scalar(b, 'f32', 0.5)]);
  return b.add(or, [mask, none]);
}

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [q, k, v, mask] = ins as readonly [Value, Value, Value, Value | null];
  const merged = q.type.shape.length === 3;
  const heads = dim(attrs, 'heads');
  const [qh, kh, vh] = merged ? [q, k, v].map((x) => splitHeads(b, x, heads)) : [q, k, v];
  const [queries, keys, size] = [qh!.type.shape[2]!, kh!.type.shape[2]!, qh!.type.shape[3]!];
  const root = (): Value =>
    typeof size === 'number'
      ? scalar(b, q.type.dtype, Math.sqrt(size))
      : b.add(sqrt, [b.add(cast, [dimAsValue(b, size)], { to: q.type.dtype })]);
  const scaled = flag(attrs, 'scaled') ? qh! : b.add(div, [qh!, root()]);
  let logits = b.add(matmul, [scaled, b.add(transpose, [kh!], { order: [0, 1, 3, 2] })]);
  const forbidden = scalar(b, q.type.dtype, FORBIDDEN[q.type.dtype as keyof typeof FORBIDDEN]);
  if (mask) {
    const rows = mask.type.shape.length === 3 ? mask : b.add(unsqueeze, [mask], { axis: 1 });
    const open = b.add(unsqueeze, [rows], { axis: 1 });
    logits = b.add(where, [open, logits, forbidden]);
  }
  if (flag(attrs, 'causal')) {
    const row = b.add(unsqueeze, [b.add(iota, [], { n: queries })], { axis: 1 });
    const later = b.add(greater, [b.add(iota, [], { n: keys }), row]);
    logits = b.add(where, [later, forbidden, logits]);
  }
  const context = b.add(matmul, [b.add(softmax, [logits]), vh!]);
  if (!merged) return [context];
  return [mergeHeads(b, context, q.type.shape[2]!)];
}

/** The attributes of the operator `Attention`. It needs the number of heads only where they are merged. */
export function standardAttrs({ heads, causal, scaled }: Attrs, merged: boolean): Record<string, OnnxAttr> {
  const count = typeof heads === 'string' ? { ref: heads.slice(1) } : (heads as number);
  return {
    ...(merged && { q_num_heads: count, kv_num_heads: count }),
    is_causal: Number(causal ?? false),
    ...(scaled === true && { scale: { float: 1 } }),
  };
}

/**
 * The operator `Attention` of opset 23. It takes a boolean mask at no cost, but this mask must have a row
 * for each query. So a mask that all queries share is expanded.
 */
const standard: OnnxForm = (scope, ins, outs, node) => {
  const [q, k, v, mask] = ins;
  const [qt, kt] = [scope.typeOf(node.ins[0]!), scope.typeOf(node.ins[1]!)];
  const merged = qt.shape.length === 3;
  const attrs = standardAttrs(node.attrs, merged);
  if (!mask) return scope.node('Attention', [q!, k!, v!], outs, attrs);
  const [batch, queries, keys] = [qt.shape[0]!, qt.shape.at(-2)!, kt.shape.at(-2)!];
  const full = scope.fresh('mask', type('bool', batch, 1, queries, keys));
  if (scope.typeOf(node.ins[3]!).shape.length === 3) {
    scope.node('Unsqueeze', [mask, scope.i64(1)], [full]);
    return scope.node('Attention', [q!, k!, v!, full], outs, attrs);
  }
  const wide = scope.fresh('wide', type('bool', batch, 1, 1, keys));
  scope.node('Unsqueeze', [mask, scope.i64(1, 2)], [wide]);
  scope.node('Expand', [wide, scope.dims([batch, 1, queries, keys])], [full]);
  scope.node('Attention', [q!, k!, v!, full], outs, attrs);
};

/**
 * The work of both products, of a softmax over all entries, and of dividing each query by √d_h unless it is
 * `scaled`.
 */
export const attentionWork = (
  entries: Polynomial,
  products: Pick<Work, 'macs'> & Partial<Work>,
  query: TensorType,
  attrs: Attrs,
): Partial<Work> =>
  together([
    { ...products, entries },
    softmaxWork(entries),
    { multiplies: flag(attrs, 'scaled') ? ZERO : elements(query) },
  ]);

/**
 * The bytes that kernels allocate while they run, as measured (docs/costs.md). On the CPU, `standard` stores all
 * logits, and the mask both as booleans for every query and as numbers. On a GPU, `multi_head` stores no logits in
 * its fast kernels, but it stores the mask as numbers.
 */
export const attentionScratch = (
  entries: Polynomial,
  seen: Polynomial | undefined,
  dtype: TensorType['dtype'],
  kernel: unknown,
): Polynomial => {
  const number = ELEMENT_BYTES[dtype];
  const mask = seen ?? ZERO;
  if (kernel === 'standard') return sum(scale(entries, number), scale(mask, number + ELEMENT_BYTES.bool));
  return kernel === 'multi_head' ? scale(mask, number) : ZERO;
};

/** The first opset with the operator `Attention`. */
export const ATTENTION_OPSET = 23;

/**
 * The kernel that attention uses on each target. `standard`, the operator `Attention` of opset 23, is fused on the
 * CPU and takes the boolean mask at no cost. `multi_head` is ONNX Runtime's own operator, which has flash and
 * memory-efficient kernels on CUDA.
 *
 * WebGPU has no `Attention`, and its `com.microsoft::MultiHeadAttention` (ONNX Runtime 1.30) is wrong on adapters whose
 * subgroups have fewer than 8 lanes. With dozens of queries or more, each step exchanges 8 keys among 4 lanes, so some
 * keys count twice and other keys never (SwiftShader's results differ by 0.05 and more). The adapter is unknown when
 * the artifact is written, and the body is correct on all adapters (docs/decisions/0008-attention-on-webgpu.md,
 * test/runtime/gpu.slow.ts).
 */
export const ATTENTION_ON = {
  cpu: 'standard',
  cuda: 'multi_head',
  webgpu: 'body',
  portable: 'body',
} as const;

/** A mask for all queries: each item of the batch sees some key, as C3 requires. */
const SOME_KEYS: Literal = { dtype: 'bool', shape: [2, 5], data: [1, 0, 1, 1, 0, 0, 1, 0, 0, 1] };
/** A mask for each of three queries, which see different keys. */
const OWN_KEYS: Literal = {
  dtype: 'bool',
  shape: [2, 3, 5],
  data: [1, 0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0],
};

export const attention: Composite = {
  name: 'attention',
  doc: 'softmax(q·kᵀ / √d_h) · v per head; `mask`, [B, c] or [B, a, c], is true at keys that may be seen. With `scaled`, q is already divided by √d_h.',
  float16: 'all',
  scalesQueries: true,
  ins: ['q', 'k', 'v', 'mask?'],
  outs: ['y'],
  attrs: {
    heads: { kind: 'dim' },
    causal: { kind: 'bool', default: false },
    scaled: { kind: 'bool', default: false },
    kernel: { kind: 'string', default: 'body', hint: true },
  },
  samples: [
    { ins: ['f32[2, 3, 8]', 'f32[2, 5, 8]', 'f32[2, 5, 8]', SOME_KEYS], attrs: { heads: 2 } },
    { ins: ['f32[2, 4, 8]', 'f32[2, 4, 8]', 'f32[2, 4, 8]', null], attrs: { heads: 4, causal: true } },
    { ins: ['f32[2, 2, 1, 4]', 'f32[2, 2, 5, 4]', 'f32[2, 2, 5, 4]', SOME_KEYS], attrs: { heads: 2 } },
    { ins: ['f32[2, 2, 3, 4]', 'f32[2, 2, 5, 4]', 'f32[2, 2, 5, 4]', null], attrs: { heads: 2 } },
    { ins: ['f32[2, 2, 3, 4]', 'f32[2, 2, 5, 4]', 'f32[2, 2, 5, 4]', OWN_KEYS], attrs: { heads: 2 } },
    { ins: ['f32[2, 3, 8]', 'f32[2, 5, 8]', 'f32[2, 5, 8]', OWN_KEYS], attrs: { heads: 2 } },
    { ins: ['f32[2, 3, 8]', 'f32[2, 5, 8]', 'f32[2, 5, 8]', SOME_KEYS], attrs: { heads: 2, scaled: true } },
    {
      ins: ['f32[2, 2, 3, 4]', 'f32[2, 2, 5, 4]', 'f32[2, 2, 5, 4]', null],
      attrs: { heads: 2, scaled: true },
    },
    { ins: ['f16[2, 3, 8]', 'f16[2, 5, 8]', 'f16[2, 5, 8]', SOME_KEYS], attrs: { heads: 2 } },
  ],
  infer: ([q, k, v, mask], attrs) => {
    const [tq, tk, tv] = [present(q, 'q'), present(k, 'k'), present(v, 'v')];
    for (const [t, name] of [
      [tq, 'q'],
      [tk, 'k'],
      [tv, 'v'],
    ] as const) {
      expectDType(t, name, 'f32', 'f16');
      expectRank(t, name, 3, 4);
      const length = t.shape.length - 2;
      const agrees =
        t.shape.length === tq.shape.length &&
        t.shape.every((d, i) => i === length || dimEquals(d, tq.shape[i]!));
      require(agrees, () => `C1: ${name} is ${typeText(t)}, but q is ${typeText(tq)}`);
    }
    const [queries, keys] = [tq.shape.at(-2)!, tk.shape.at(-2)!];
    require(dimEquals(keys, tv.shape.at(-2)!), () => 'C1: k and v differ in length');
    const square = !flag(attrs, 'causal') || (dimEquals(queries, keys) && !mask);
    require(square, () =>
      `C2: causal attention of ${dimText(queries)} queries over ${dimText(keys)} keys needs as many queries as keys, and no mask`);
    const [all, each] = [type('bool', tq.shape[0]!, keys), type('bool', tq.shape[0]!, queries, keys)];
    const fits = !mask || sameType(mask, all) || sameType(mask, each);
    require(fits, () =>
      `C3: mask is ${typeText(mask!)}, but it must be ${typeText(all)} or ${typeText(each)}`);
    return [tq];
  },
  cost: ([q, k], _, attrs) => {
    const [batch, queries, keys] = [q!.shape[0]!, q!.shape.at(-2)!, k!.shape.at(-2)!];
    const heads = q!.shape.length === 4 ? q!.shape[1]! : dim(attrs, 'heads');
    const width = q!.shape.length === 4 ? [heads, q!.shape[3]!] : [q!.shape[2]!];
    const both = (pairs: Polynomial): Polynomial => product(times(batch, ...width), pairs);
    // Causal query i sees i + 1 keys: each product has t(t + 1)/2 visible pairs and t(t − 1)/2 hidden ones.
    const products = flag(attrs, 'causal')
      ? { macs: both(times(queries, plus(queries, 1))), hidden: both(times(queries, minus(queries, 1))) }
      : { macs: both(times(2, queries, keys)) };
    return attentionWork(times(batch, queries, keys, heads), products, q!, attrs);
  },
  scratch: ([q, k, , mask], _, attrs) => {
    const [batch, queries, keys] = [q!.shape[0]!, q!.shape.at(-2)!, k!.shape.at(-2)!];
    const heads = q!.shape.length === 4 ? q!.shape[1]! : dim(attrs, 'heads');
    const seen = times(batch, queries, keys);
    const masked = mask || flag(attrs, 'causal');
    return attentionScratch(product(seen, times(heads)), masked ? seen : undefined, q!.dtype, attrs.kernel);
  },
  body,
  kernels: kernels(
    {
      standard: { write: standard, needs: { opset: ATTENTION_OPSET } },
      multi_head: { write: multiHead, needs: MULTI_HEAD_NEEDS },
    },
    ATTENTION_ON,
  ),
};
