/**
 * Fuses a sum and the norm that reads it into one op, where the target has a kernel for both. This saves one node
 * and one read of the sum. ONNX Runtime itself fuses them only if the sum has three axes and no other reader. But
 * in a decoding step the sum has two axes, and in a pre-norm layer the next sum reads it too
 * (docs/decisions/0007-what-onnxruntime-fuses.md).
 *
 * The pass refuses sums that broadcast. It also refuses norms whose gain or bias is not a weight: such a gain or bias
 * may be computed after the sum, but the fused op takes the position of the sum.
 */
import type { Node, ValueId } from '../compiler/ir/graph.ts';
import { sameType } from '../compiler/ir/graph.ts';
import { normOfSum, residualNorm } from '../compiler/ops/residual_norm.ts';
import { kernelFor } from './facts.ts';
import type { Pass } from './pass.ts';
import { isMiss, type Match, type Miss, type Rule, rewrite, standsWith } from './rewrite.ts';

/** A sum, and the first norm that reads it. */
interface Pair {
  readonly sum: Node;
  readonly norm: Node;
  /** Whether the sum has readers other than the norm. */
  readonly shared: boolean;
}

function pairAt(match: Match, sum: Node): Pair | Miss {
  const { ctx, readers, type, uses, weight } = match;
  if (kernelFor(residualNorm, ctx) === 'body') return match.miss(`${ctx.target} has no kernel`);
  const id = sum.outs[0]!;
  const norm = readers(id).find((node) => node.op === 'layer_norm' && node.ins[0] === id);
  if (!norm) return match.miss('no norm reads the sum', 1);
  if (![norm, sum].every((node) => standsWith(match, node)))
    return match.miss('the norm is in another region', 2);
  const { shape } = type(id);
  if (shape.length !== 2 && shape.length !== 3) return match.miss('the kernel takes two or three axes', 3);
  if (!sum.ins.every((operand) => sameType(type(operand!), type(id))))
    return match.miss('an operand of the sum is broadcast', 4);
  if (!norm.ins.slice(1).every((operand) => weight(operand!)))
    return match.miss('the gain or the bias is not a weight', 5);
  return { sum, norm, shared: uses(id) > 1 };
}

const valuesOf = ({ value }: Match, ids: readonly (ValueId | null)[]) => ids.map((id) => value(id!));

/**
 * Replaces a sum that has other readers. The rule for its norm then builds the same fused op, and the two are merged.
 */
const sumWithNorm: Rule = {
  name: 'sum_with_norm',
  roots: ['add'],
  apply: (match) => {
    const pair = pairAt(match, match.node);
    if (isMiss(pair)) return pair;
    if (!pair.shared) return match.miss('only the norm reads the sum', 6);
    return [fused(match, pair)[1]!];
  },
};

const normWithSum: Rule = {
  name: 'norm_with_sum',
  roots: ['layer_norm'],
  apply: (match) => {
    const sum = match.producer(match.node.ins[0]!);
    if (sum?.op !== 'add') return match.miss('it is not the norm of a sum');
    const pair = pairAt(match, sum);
    if (isMiss(pair)) return pair;
    if (pair.norm !== match.node) return match.miss('another norm of the same sum comes first', 6);
    return [fused(match, pair)[0]!];
  },
};

const fused = (match: Match, { sum, norm, shared }: Pair) => {
  const ins = [...valuesOf(match, sum.ins), ...valuesOf(match, norm.ins.slice(1))];
  return match.b.at(norm, () => match.b.many(shared ? residualNorm : normOfSum, ins, norm.attrs));
};

export const fuseResidualNorm: Pass = {
  name: 'fuse_residual_norm',
  doc: 'Fuses a residual sum and its norm into one op, where the target has a kernel for it.',
  run: (graph, ctx) => rewrite(graph, [sumWithNorm, normWithSum], ctx),
};
