/**
 * The work of a graph, node by node. Lengths that ops name at run time (a padded length, the number of blocks
 * that hold a token) are what they are for whole documents: nothing is padding, so every count is exact for
 * a batch of documents of equal length and an upper bound for others.
 *
 * A composite costs what it says, or else what its body costs.
 */
import { bodyOf } from '../ir/build.ts';
import { type Dim, substitute } from '../ir/dim.ts';
import type { Attrs, Graph, Node, TensorType } from '../ir/graph.ts';
import { isComposite, type Op, require } from '../ir/op.ts';
import { together, type Work } from './work.ts';

export interface NodeWork {
  readonly node: Node;
  readonly work: Work;
  /** Types with the lengths of whole documents. */
  readonly ins: readonly (TensorType | null)[];
  readonly outs: readonly TensorType[];
}

type Ops = Readonly<Record<string, Op>>;

/** What is put in the place of each length of the graph's inputs, and how the result is simplified. */
export type Settle = (d: Dim) => Dim;

/** Lengths by their names. */
export const given =
  (lengths: ReadonlyMap<string, Dim>): Settle =>
  (d) =>
    substitute(d, (symbol) => lengths.get(symbol));

/** Every node's work, in order; nodes of a loop are those of one round. */
export function workOf(graph: Graph, ops: Ops, settle: Settle = (d) => d): readonly NodeWork[] {
  const named = new Map<string, Dim>();
  const known = (d: Dim): Dim => settle(substitute(d, (symbol) => named.get(symbol)));
  const settled = (t: TensorType): TensorType => ({ dtype: t.dtype, shape: t.shape.map(known) });
  const found: NodeWork[] = [];
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const op = ops[node.op];
      require(op !== undefined, () => `there is no op '${node.op}'`);
      const attrs = settledAttrs(op, node.attrs, known);
      const ins = node.ins.map((id) => (id === null ? null : settled(graph.types[id]!)));
      const { as } = attrs;
      if (op.wholeLength && typeof as === 'string' && as !== '')
        named.set(as, known(op.wholeLength(ins, attrs)));
      const outs = node.outs.map((id) => settled(graph.types[id]!));
      if (node.region) visit(node.region.nodes);
      else found.push({ node, ins, outs, work: workOfNode(op, attrs, ins, outs, ops) });
    }
  };
  visit(graph.nodes);
  return found;
}

/** Attributes that are lengths, settled like those in types. */
const settledAttrs = (op: Op, attrs: Attrs, known: Settle): Attrs =>
  Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const kind = op.attrs[name]?.kind;
      if (kind === 'dim') return [name, known(value as Dim)];
      return [name, kind === 'dims' ? (value as readonly Dim[]).map(known) : value];
    }),
  );

function workOfNode(
  op: Op,
  attrs: Attrs,
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  ops: Ops,
): Work {
  if (op.cost) return together([op.cost(ins, outs, attrs)]);
  if (!isComposite(op)) return together([]);
  const { graph } = bodyOf(op, ins, attrs);
  return together(workOf(graph, ops).map(({ work }) => work));
}
