/**
 * Finds the values that are known before a run: the weights, and the values that the emitter computes from weights alone
 * while it writes the artifact (a `concat` of three matrices, a matrix in 8 bits, the table of sinusoids).
 */

import type { Graph, Literal, Node, ValueId } from '../../compiler/ir/graph.ts';
import { onceFor } from '../../compiler/ir/memo.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { exprsOf, literalExpr, type WeightExpr, weightExpr } from '../../compiler/ir/weight_expr.ts';

type Ops = Readonly<Record<string, Op>>;
type KnownValues = ReadonlyMap<ValueId, WeightExpr>;

const aheadWith = onceFor((ops: Ops) => onceFor((graph: Graph) => found(graph, ops)));

/** All values that are known before a run, except constants of the graph itself. */
export const writtenAhead = (graph: Graph, ops: Ops): KnownValues => aheadWith(ops)(graph);

function found(graph: Graph, ops: Ops): KnownValues {
  const known = new Map<ValueId, WeightExpr>(graph.params.map(({ id, weight }) => [id, weightExpr(weight)]));
  const literals = new Map<ValueId, WeightExpr>();
  const given = new Set(graph.outputs.map(({ id }) => id));
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.op === 'constant') literals.set(node.outs[0]!, literalExpr(node.attrs.value as Literal));
      if (node.region) visit(node.region.nodes);
      const weights = node.ins.some((id) => id !== null && known.has(id));
      if (node.region || (node.ins.length > 0 && !weights) || node.outs.some((id) => given.has(id))) continue;
      const ins = node.ins.map((id) => (id === null ? null : (known.get(id) ?? literals.get(id))));
      const types = node.outs.map((id) => graph.types[id]!);
      exprsOf(ops[node.op]!, node, ins, types)?.forEach((expr, i) => void known.set(node.outs[i]!, expr));
    }
  };
  visit(graph.nodes);
  return known;
}
