/**
 * The work of a graph, node by node. Some lengths get their names from ops and their values at run time (a padded
 * length, the number of blocks that contain a token). They are counted as for documents without padding. So every count
 * is exact for a batch of documents of equal length, and an upper bound for other batches.
 *
 * The cost of a composite that states no cost is the cost of its body. Nodes that compute from weights alone are left
 * out, because they run while the artifact is written.
 */
import { type PerBody, perBody } from '../../compiler/ir/bodies.ts';
import { type Dim, substitute } from '../../compiler/ir/dim.ts';
import { type Attrs, type Graph, type Node, type TensorType, typeText } from '../../compiler/ir/graph.ts';
import { isComposite, type Op, require } from '../../compiler/ir/op.ts';
import { NO_WORK, together, type Work } from '../../compiler/ir/work.ts';
import { writtenAhead } from './ahead.ts';

export interface NodeWork {
  readonly node: Node;
  readonly work: Work;
  /** The types, with the lengths of documents without padding. */
  readonly ins: readonly (TensorType | null)[];
  readonly outs: readonly TensorType[];
}

export type Ops = Readonly<Record<string, Op>>;

/** The named lengths, in terms of the lengths of the graph's inputs. */
export type Lengths = ReadonlyMap<string, Dim>;

/** Simplifies a length after the names in it are replaced (`regime.ts`). */
export type Settle = (d: Dim) => Dim;

const asItIs: Settle = (d) => d;

/** The type with its named lengths replaced. */
export const settled = (t: TensorType, lengths: Lengths, settle = asItIs): TensorType => ({
  dtype: t.dtype,
  shape: t.shape.map((d) => settle(substitute(d, (symbol) => lengths.get(symbol)))),
});

/** Returns `settled` with a cache, because most values have one of a few types. */
export function settling(lengths: Lengths, settle = asItIs): (t: TensorType) => TensorType {
  const known = new Map<string, TensorType>();
  return (t) => {
    const text = typeText(t);
    const found = known.get(text) ?? settled(t, lengths, settle);
    known.set(text, found);
    return found;
  };
}

/** The lengths that the graph's ops name, for documents without padding. */
export function wholeLengths(graph: Graph, ops: Ops, known: Lengths = new Map(), settle = asItIs): Lengths {
  const lengths = new Map(known);
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      const { as } = node.attrs;
      const { wholeLength } = opOf(node, ops);
      if (wholeLength && typeof as === 'string' && as !== '' && !lengths.has(as)) {
        const ins = node.ins.map((id) => (id === null ? null : settled(graph.types[id]!, lengths, settle)));
        const attrs = settledAttrs(node, ops, lengths, settle);
        lengths.set(as, settle(wholeLength(ins, attrs)));
      }
      if (node.region) visit(node.region.nodes);
    }
  };
  visit(graph.nodes);
  return lengths;
}

/** The op of a node. Throws IrError if there is no op of that name. */
export function opOf(node: Node, ops: Ops): Op {
  const op = ops[node.op];
  require(op !== undefined, () => `there is no op '${node.op}'`);
  return op;
}

/** The work of every node, in order. Nodes of a loop are counted for one iteration. */
export function workOf(
  graph: Graph,
  ops: Ops,
  known: Lengths = new Map(),
  settle = asItIs,
): readonly NodeWork[] {
  const lengths = wholeLengths(graph, ops, known, settle);
  const ahead = writtenAhead(graph, ops);
  const typeOf = settling(lengths, settle);
  const bodies = perBody((body) => together(workOf(body, ops).map(({ work }) => work)));
  const found: NodeWork[] = [];
  const visit = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (node.region) visit(node.region.nodes);
      if (node.region || node.outs.every((id) => ahead.has(id))) continue;
      const ins = node.ins.map((id) => (id === null ? null : typeOf(graph.types[id]!)));
      const outs = node.outs.map((id) => typeOf(graph.types[id]!));
      const attrs = settledAttrs(node, ops, lengths, settle);
      found.push({ node, ins, outs, work: workOfNode(opOf(node, ops), attrs, ins, outs, bodies) });
    }
  };
  visit(graph.nodes);
  return found;
}

/** The attributes of a node. The lengths among them are replaced in the same way as in types. */
const settledAttrs = ({ op, attrs }: Node, ops: Ops, lengths: Lengths, settle: Settle): Attrs => {
  const known = (d: Dim): Dim => settle(substitute(d, (symbol) => lengths.get(symbol)));
  return Object.fromEntries(
    Object.entries(attrs).map(([name, value]) => {
      const kind = ops[op]!.attrs[name]?.kind;
      if (kind === 'dim') return [name, known(value as Dim)];
      return [name, kind === 'dims' ? (value as readonly Dim[]).map(known) : value];
    }),
  );
};

function workOfNode(
  op: Op,
  attrs: Attrs,
  ins: readonly (TensorType | null)[],
  outs: readonly TensorType[],
  bodies: PerBody<Work>,
): Work {
  if (op.cost) return { ...NO_WORK, ...op.cost(ins, outs, attrs) };
  require(isComposite(op), () => `${op.name} has neither a cost nor a body`);
  return bodies(op, ins, attrs);
}
