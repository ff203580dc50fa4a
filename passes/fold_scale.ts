/**
 * Moves attention's scale 1/√d_h into the weights of the queries, where d_h is the width of a head: (x·Wqᵀ + bq) / √d_h
 * = x·(Wq/√d_h)ᵀ + bq/√d_h. The scaled weights are computed when the artifact is written. This saves one division of
 * all queries in each layer at run time.
 *
 * Where attention runs as its body (webgpu and portable), that division is a separate operator. ONNX Runtime's kernels
 * for cpu and cuda apply the scale as a factor of their matrix product, at no cost
 * (docs/decisions/0007-what-onnxruntime-fuses.md).
 *
 * This pass refuses queries with other readers. It also refuses weights with other readers, because such weights would
 * be written twice.
 */

import type { Value } from '../compiler/ir/build.ts';
import type { Node, ValueId } from '../compiler/ir/graph.ts';
import type { Op } from '../compiler/ir/op.ts';
import { mul } from '../compiler/ops/binary.ts';
import { literal } from '../compiler/ops/constants.ts';
import { kernelFor } from './facts.ts';
import type { Pass, PassContext } from './pass.ts';
import { isMiss, type Match, type Miss, type Rule, rewrite, standsWith } from './rewrite.ts';

/** Decides whether the scale of an op that divides its queries is moved into the weights. */
export type ScalePolicy = (op: Op, ctx: PassContext) => boolean;

/** The scale is moved where the op is written as its body. */
const byBody: ScalePolicy = (op, ctx) => kernelFor(op, ctx) === 'body';

/** The linear that computes the queries, and the nodes after it, which only move its numbers, in graph order. */
interface Projection {
  readonly linear: Node;
  readonly moves: readonly Node[];
}

function projectionOf(match: Match, id: ValueId): Projection | Miss {
  const node = match.producer(id);
  if (!node || (node.op !== 'linear' && !match.op(node.op).moves))
    return match.miss('the queries are not made by a linear', 1);
  if (match.uses(id) > 1) return match.miss('the queries have other readers', 2, node);
  // A linear from outside the loop would be built again inside the loop, and computed in every iteration.
  if (!standsWith(match, node)) return match.miss('the queries are made outside of its loop', 2, node);
  if (node.op === 'linear') return weightsFit(match, node) ?? { linear: node, moves: [] };
  const found = projectionOf(match, node.ins[0]!);
  return isMiss(found) ? found : { ...found, moves: [...found.moves, node] };
}

function weightsFit(match: Match, node: Node): Miss | undefined {
  const operands = node.ins.slice(1).filter((id): id is ValueId => id !== null);
  if (!operands.every((id) => match.weight(id))) return match.miss('its weight or bias is computed', 3, node);
  if (operands.some((id) => match.uses(id) > 1)) return match.miss('a weight has other readers', 4, node);
  return undefined;
}

/** The head width d_h of queries [B, H, a, d_h] or [B, a, H·d_h], if it is a known number. */
function headSize({ node, type }: Match): number | undefined {
  const { shape } = type(node.ins[0]!);
  const [width, heads] = [shape.at(-1)!, shape.length === 4 ? 1 : node.attrs.heads];
  return typeof width === 'number' && typeof heads === 'number' ? width / heads : undefined;
}

/** Builds the queries again from scaled weights. Each new node gets the origin of the old node. */
function scaledQueries({ b, op, value }: Match, { linear, moves }: Projection, scale: number): Value {
  const [x, weight, bias = null] = linear.ins;
  const scaled = (id: ValueId): Value => b.add(mul, [value(id), literal(b, 'f32', [], [scale])]);
  const made = b.at(linear, () =>
    b.add(op('linear'), [value(x!), scaled(weight!), bias === null ? null : scaled(bias)]),
  );
  return moves.reduce((q, node) => b.at(node, () => b.add(op(node.op), [q], node.attrs)), made);
}

const scaleWeights = (policy: ScalePolicy): Rule => ({
  name: 'scale_weights',
  rootsWith: ({ scalesQueries }) => scalesQueries === true,
  apply: (match) => {
    const { b, node, ctx, op, value } = match;
    if (!policy(op(node.op), ctx)) return match.miss(`the kernels of ${ctx.target} scale at no cost`);
    if (node.attrs.scaled === true) return match.miss('the weights already contain the scale', 5);
    const [q, ...others] = node.ins;
    const size = headSize(match);
    if (size === undefined) return match.miss('the size of a head is not known', 1);
    const found = projectionOf(match, q!);
    if (isMiss(found)) return found;
    if (match.type(found.linear.ins[1]!).dtype !== 'f32') return match.miss('its weight is not float32', 3);
    const queries = scaledQueries(match, found, 1 / Math.sqrt(size));
    const ins = [queries, ...others.map((id) => (id === null ? null : value(id)))];
    return b.many(op(node.op), ins, { ...node.attrs, scaled: true });
  },
});

export const foldScaleBy = (policy: ScalePolicy): Pass => ({
  name: 'fold_scale',
  doc: 'Moves the scale of attention into the weights of the queries, where attention runs as its body.',
  run: (graph, ctx) => rewrite(graph, [scaleWeights(policy)], ctx),
});

export const foldScale = foldScaleBy(byBody);
