/**
 * `com.microsoft::MultiHeadAttention`, ONNX Runtime's own attention, as a kernel of the op `attention`. It has
 * flash and memory-efficient kernels on CUDA, and it is the only fused attention on WebGPU.
 *
 * It takes merged queries [B, q, d], and keys and values that are merged or split, [B, H, c, d_h]; it gives [B, q, d].
 * The mask becomes `attention_bias` [B, 1, q, c], which is added to the logits. With a two-dimensional
 * `key_padding_mask`, CUDA does not use its fast kernels, and WebGPU refuses the node (ONNX Runtime 1.30).
 */

import { type Dim, mul } from '../ir/dim.ts';
import { type Node, type TensorType, type } from '../ir/graph.ts';
import type { OnnxAttr, OnnxScope } from '../ir/onnx_scope.ts';
import type { OnnxForm } from '../ir/op.ts';
import type { Needs } from '../ir/opsets.ts';
import { CONTRIB } from '../onnx/versions.ts';

/**
 * The logit of a forbidden key, or the number that is added to this logit. It is far below every logit, but finite in
 * the dtype, so that the softmax of a row of forbidden keys is uniform and not NaN.
 */
export const FORBIDDEN = { f32: -1e9, f16: -6e4 } as const;

/**
 * Before ONNX Runtime 1.20 the bias must have a copy for each head. 1.20.1 accepts one for all heads on the CPU, but
 * computes wrong numbers.
 */
export const MULTI_HEAD_NEEDS: Needs = { onnxRuntime: '1.21' };

interface Shapes {
  readonly dtype: 'f32' | 'f16';
  readonly batch: Dim;
  readonly queries: Dim;
  readonly keys: Dim;
}

const scalar = (scope: OnnxScope, { dtype }: Shapes, value: number): string =>
  scope.literal({ dtype, shape: [], data: [value] });

/**
 * The bias [B, 1, q, c], which is 0 where the key may be seen. A mask over keys alone is the same for all queries.
 */
function maskBias(scope: OnnxScope, mask: string, { shape }: TensorType, s: Shapes): string {
  const perQuery = shape.length === 3;
  const rows = perQuery ? s.queries : 1;
  const open = scope.fresh('open', type('bool', s.batch, 1, rows, s.keys));
  const narrow = scope.fresh('bias', type(s.dtype, s.batch, 1, rows, s.keys));
  scope.node('Unsqueeze', [mask, perQuery ? scope.i64(1) : scope.i64(1, 2)], [open]);
  scope.node('Where', [open, scalar(scope, s, 0), scalar(scope, s, FORBIDDEN[s.dtype])], [narrow]);
  if (rows === s.queries) return narrow;
  const wide = scope.fresh('bias', type(s.dtype, s.batch, 1, s.queries, s.keys));
  scope.node('Expand', [narrow, scope.dims([s.batch, 1, s.queries, s.keys])], [wide]);
  return wide;
}

/** [B, H, q, d_h] ↔ [B, q, H, d_h]. With one query, both have the same order of elements. */
function swapHeads(scope: OnnxScope, x: string, to: TensorType, y: string, queries: Dim): void {
  if (queries === 1) scope.node('Reshape', [x, scope.dims(to.shape)], [y]);
  else scope.node('Transpose', [x], [y], { perm: [0, 2, 1, 3] });
}

const attrsOf = ({ attrs: { heads, causal, scaled } }: Node): Record<string, OnnxAttr> => ({
  num_heads: typeof heads === 'string' ? { ref: heads.slice(1) } : (heads as number),
  unidirectional: Number(causal ?? false),
  ...(scaled === true && { scale: { float: 1 } }),
});

/** The operator with caches, as a kernel of the op `cached_attention`. It extends the caches; q, k and v are merged. */
export const cachedMultiHead: OnnxForm = (scope, ins, outs, node) => {
  const [q, k, v, key, value, mask] = ins as readonly [string, string, string, string, string, string?];
  const { dtype, shape } = scope.typeOf(node.ins[0]!);
  const keys = scope.typeOf(node.outs[1]!).shape[2]!;
  const s: Shapes = { dtype: dtype as 'f32' | 'f16', batch: shape[0]!, queries: shape[1]!, keys };
  const bias = mask ? maskBias(scope, mask, scope.typeOf(node.ins[5]!), s) : '';
  scope.node('MultiHeadAttention', [q, k, v, '', '', bias, key, value], outs, attrsOf(node), CONTRIB);
};

export const multiHead: OnnxForm = (scope, ins, [y], node) => {
  const [q, k, v, mask] = ins as readonly [string, string, string, string?];
  const [qt, kt] = [scope.typeOf(node.ins[0]!), scope.typeOf(node.ins[1]!)];
  const [batch, queries] = [qt.shape[0]!, qt.shape.at(-2)!];
  const heads = node.attrs.heads as Dim;
  const s: Shapes = { dtype: qt.dtype as 'f32' | 'f16', batch, queries, keys: kt.shape.at(-2)! };
  const bias = mask ? maskBias(scope, mask, scope.typeOf(node.ins[3]!), s) : '';
  const attrs = attrsOf(node);
  const attend = (query: string, out: string): void =>
    scope.node('MultiHeadAttention', [query, k, v, ...(bias ? ['', '', bias] : [])], [out], attrs, CONTRIB);
  if (qt.shape.length === 3) return attend(q, y!);
  const size = qt.shape[3]!;
  const merged = type(s.dtype, batch, queries, mul(heads, size));
  const apart = type(s.dtype, batch, queries, heads, size);
  const [rows, query] = [scope.fresh('rows', apart), scope.fresh('query', merged)];
  const [context, back] = [scope.fresh('context', merged), scope.fresh('rows', apart)];
  swapHeads(scope, q, apart, rows, queries);
  scope.node('Reshape', [rows, scope.dims(merged.shape)], [query]);
  attend(query, context);
  scope.node('Reshape', [context, scope.dims(apart.shape)], [back]);
  swapHeads(scope, back, qt, y!, queries);
};
