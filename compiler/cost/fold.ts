/**
 * The work of a graph, node by node. Lengths that ops name at run time (a padded length, the number of blocks
 * that hold a token) are what they are for whole documents: nothing is padding, so every count is exact for
 * a batch of documents of equal length and an upper bound for others.
 *
 * A composite costs what it says, or else what its body costs.
 */
import { bodyOf } from '../ir/build.ts';
import { type Dim, substitute } from '../ir/dim.ts';
import type { Graph, Node, TensorType } from '../ir/graph.ts';
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

/** What each named length is, in those of the graph's inputs. */
type Lengths = ReadonlyMap<string, Dim>;

const settled = (t: TensorType, lengths: Lengths): TensorType => ({
  dtype: t.dtype,
  shape: t.shape.map((d) => substitute(d, (symbol) => lengths.get(symbol))),
});

/** Every node's work, in order; nodes of a loop are those of one round. */
export function workOf(graph: Graph, ops: Ops, known: Lengths = new Map()): readonly NodeWork[] {
  const lengths = new Map(known);
  const found: NodeWork[] = [];
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const op = ops[node.op];
      require(op !== undefined, () => `there is no op '${node.op}'`);
      const ins = node.ins.map((id) => (id === null ? null : settled(graph.types[id]!, lengths)));
      const { as } = node.attrs;
      if (op.wholeLength && typeof as === 'string' && as !== '')
        lengths.set(as, op.wholeLength(ins, node.attrs));
      const outs = node.outs.map((id) => settled(graph.types[id]!, lengths));
      if (node.region) visit(node.region.nodes);
      else found.push({ node, ins, outs, work: nodeWork(op, node, ins, outs, ops) });
    }
  };
  visit(graph.nodes);
  return found;
}

function nodeWork(
  op: Op,
  { attrs }: Node,
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  ops: Ops,
): Work {
  if (op.cost) return together([op.cost(ins, outs, attrs)]);
  if (!isComposite(op)) return together([]);
  const { graph } = bodyOf(op, ins, attrs);
  return together(workOf(graph, ops).map(({ work }) => work));
}
