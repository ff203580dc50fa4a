/**
 * Moves the last linear of a feed-forward network behind the pooling that follows. A pooled row is a convex combination
 * of rows, and a linear of a combination is the combination of the linears. The output of a pre-norm
 * layer is a plain sum Y = U + h·Wᵀ + b, where U is the residual input, h the hidden rows, and W and b the last linear.
 * The scorer is a linear with the weight w and the bias c. So
 *
 *     pool(Y) = pool(U) + pool(h)·Wᵀ + b·Σ_j weight_j
 *     Y·wᵀ + c = U·wᵀ + h·(w·W)ᵀ + (w·b + c)
 *
 * and W runs on the k pooled rows instead of all n rows. The pooling weights weight_j of a slot sum to 1; to 0 if all
 * its rows are masked; to less than 1 if the filler rows of the published code take part. Their sum is part of the
 * formula, so the result is exact up to rounding. For this, h must be gathered, with f numbers per row. The gather
 * costs memory traffic, but less than the d·f products per row that are saved (d is the model's width). If n ≤ k at
 * run time, there is only the gather.
 *
 * The pass refuses a sum with other readers (a norm, as in a post-norm layer, or an output), because the sum would be
 * computed twice.
 */

import type { Value } from '../compiler/ir/build.ts';
import { dimEquals } from '../compiler/ir/dim.ts';
import { type Node, sameType, type ValueId } from '../compiler/ir/graph.ts';
import { add, mul } from '../compiler/ops/binary.ts';
import { reshape, squeeze } from '../compiler/ops/layout.ts';
import { linear } from '../compiler/ops/linear.ts';
import { matmul } from '../compiler/ops/matmul.ts';
import { reduceSum } from '../compiler/ops/reduce.ts';
import { rowsAt, weightedRows } from '../compiler/ops/weighted_rows.ts';
import type { Pass } from './pass.ts';
import { isMiss, type Match, type Miss, type Rule, rewrite } from './rewrite.ts';

/** Y = rest + branch, where `branch` is the linear that moves behind the pooling. */
interface Sum {
  readonly rest: ValueId;
  readonly branch: Node;
}

/** The sum that computes y: a linear plus a value of the same type, so that neither operand is broadcast. */
function sumIn(match: Match, y: ValueId): Sum | Miss {
  const node = match.producer(y);
  if (node?.op !== 'add') return match.miss('the pooled value is not a sum');
  const [a, b] = node.ins as readonly [ValueId, ValueId];
  if (![a, b].every((id) => sameType(match.type(id), match.type(y))))
    return match.miss('an operand of the sum is broadcast', 1);
  for (const [rest, id] of [
    [a, b],
    [b, a],
  ] as const) {
    const branch = match.producer(id);
    if (branch?.op !== 'linear') continue;
    return match.uses(id) === 1 ? { rest, branch } : match.miss('the linear has other readers', 2);
  }
  return match.miss('no operand of the sum is a linear', 1);
}

/** Whether a node scores rows by a single linear, which has one output. */
const isLinearScore = (match: Match, { op, ins }: Node): boolean =>
  op === 'linear' && match.type(ins[1]!).shape[0] === 1;

const isPoolingOf = (match: Match, { op, ins }: Node, y: ValueId): boolean =>
  match.op(op).pooling !== undefined && ins[0] === y;

/**
 * The sum whose linear may move behind the pooling of y. The rule for the pooling and the rule for the scorer both call
 * this function, so that either both rules fire or neither rule fires.
 */
function sinkable(match: Match, y: ValueId): Sum | Miss {
  const sum = sumIn(match, y);
  if (isMiss(sum)) return sum;
  const readers = match.readers(y);
  const pooling = readers.find((node) => isPoolingOf(match, node, y));
  if (!pooling) return match.miss('no pooling reads the sum', 3);
  const others = readers.filter((node) => node !== pooling);
  if (others.length !== 1 || match.uses(y) !== 2) return match.miss('the sum has other readers', 4);
  if (!isLinearScore(match, others[0]!) || others[0]!.ins[0] !== y)
    return match.miss('its scores are not made by a single linear', 5);
  const [n, kept] = [pooling.ins[1]!, pooling.outs[0]!].map((id) => match.type(id).shape[1]!);
  if (dimEquals(n!, kept!)) return match.miss('the pooling keeps all rows', 6);
  return sum;
}

/** Computes the scores Y·wᵀ + c without Y. The product w·W is computed when the artifact is written. */
const scoreParts: Rule = {
  name: 'score_parts',
  roots: ['linear'],
  apply: (match) => {
    const { b, node, value } = match;
    if (!isLinearScore(match, node)) return match.miss('it has more than one output', -1);
    const sum = sinkable(match, node.ins[0]!);
    if (isMiss(sum)) return sum;
    const [w, c] = [value(node.ins[1]!), optional(match, node.ins[2])];
    const [h, inner, outer] = operands(match, sum.branch);
    const moved = outer && b.add(reshape, [b.add(matmul, [w, asColumn(match, outer)])], { shape: [1] });
    const bias = moved && c ? b.add(add, [moved, c]) : (moved ?? c);
    const own = b.add(linear, [value(sum.rest), w, bias]);
    return [b.add(add, [own, b.add(linear, [h, b.add(matmul, [w, inner]), null])])];
  },
};

const optional = ({ value }: Match, id: ValueId | null | undefined): Value | null =>
  id === null || id === undefined ? null : value(id);

/** The input, the weight and the bias of a linear. */
const operands = (match: Match, { ins }: Node): readonly [Value, Value, Value | null] => [
  match.value(ins[0]!),
  match.value(ins[1]!),
  optional(match, ins[2]),
];

const asColumn = ({ b }: Match, x: Value): Value => b.add(reshape, [x], { shape: [x.type.shape[0]!, 1] });

/** The contribution of the linear to the pooled rows [B, s, d], which are selected rows or combinations of rows. */
function pooledBranch(match: Match, branch: Node, index: Value, weight: Value): Value {
  const { b, node } = match;
  const [h, inner, outer] = operands(match, branch);
  const at = optional(match, node.ins[3]);
  if (match.op(node.op).pooling === 'selects') {
    // A slot that selects a masked row contains this row, although the weight of the slot is 0.
    return b.add(linear, [rowsAt(b, h, b.add(squeeze, [index], { axis: -1 }), at), inner, outer]);
  }
  const product = b.add(linear, [b.add(weightedRows, [h, index, weight, at]), inner, null]);
  if (!outer) return product;
  const share = b.add(reduceSum, [weight], { axis: -1 });
  return b.add(add, [product, b.add(mul, [share, outer])]);
}

const poolParts: Rule = {
  name: 'pool_parts',
  rootsWith: ({ pooling }) => pooling !== undefined,
  apply: (match) => {
    const { b, node, value } = match;
    const sum = sinkable(match, node.ins[0]!);
    if (isMiss(sum)) return sum;
    const others = node.ins.slice(1).map((id) => optional(match, id));
    const [y, mask, index, weight] = b.many(match.op(node.op), [value(sum.rest), ...others], node.attrs);
    const branch = b.at(sum.branch, () => pooledBranch(match, sum.branch, index!, weight!));
    return [b.add(add, [y!, branch]), mask!, index!, weight!];
  },
};

export const sinkLinearThroughPool: Pass = {
  name: 'sink_linear_through_pool',
  doc: 'Moves the last linear before a pooling behind the pooling, where it runs only on the k rows that are kept (pre-norm layers).',
  run: (graph, ctx) => rewrite(graph, [scoreParts, poolParts], ctx),
};
