/**
 * The bytes that each node reads and writes: its inputs, weights included, and its results. The memory that a kernel
 * needs in addition (`scratch`) is written once and read once. Views, and values that are known before the run, move no
 * bytes.
 *
 * A composite without a kernel moves the bytes that its body moves. The tables that a pooling carries through its
 * iterations are left out, because they have only one or two numbers for each row, while a row has
 * hundreds.
 */
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { type Polynomial, sum, ZERO } from '../../compiler/ir/polynomial.ts';
import { bytes } from '../../compiler/ir/work.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { type FlatNode, flatten } from '../algebra/flatten.ts';
import { type Lengths, settling, wholeLengths } from '../algebra/fold.ts';

export interface Traffic {
  readonly read: Polynomial;
  readonly written: Polynomial;
}

const NONE: Traffic = { read: ZERO, written: ZERO };

/** The bytes that every node moves, in order. Nodes of a loop are counted for one iteration. */
export function trafficOf(
  graph: Graph,
  ops: Readonly<Record<string, Op>>,
  known: Lengths = new Map(),
): ReadonlyMap<Node, Traffic> {
  const lengths = wholeLengths(graph, ops, known);
  const ahead = writtenAhead(graph, ops);
  const flat = flatten(graph, ops);
  const typeOf = settling(lengths);
  const parts = new Map<Node, Traffic[]>();

  const ofNode = (node: FlatNode): Traffic => {
    const op = ops[node.op]!;
    if (op.view || node.ins.length === 0 || node.outs.every((id) => ahead.has(id))) return NONE;
    const ins = node.ins.map((id) => (id === null ? null : typeOf(flat.types[id]!)));
    const outs = node.outs.map((id) => typeOf(flat.types[id]!));
    const distinct = [...new Set(node.ins)].flatMap((id) => (id === null ? [] : [typeOf(flat.types[id]!)]));
    const read = op.reads?.(ins, outs, node.attrs) ?? sum(...distinct.map(bytes));
    const scratch = op.scratch?.(ins, outs, node.attrs) ?? ZERO;
    return { read: sum(read, scratch), written: sum(...outs.map(bytes), scratch) };
  };

  const visit = (nodes: readonly FlatNode[]): void => {
    for (const node of nodes) {
      // Only loops of the graph itself are entered; loops in bodies of ops are left out.
      if (node.inner && node.of.region) visit(node.inner);
      const before = parts.get(node.of) ?? [];
      if (before.length === 0) parts.set(node.of, before);
      before.push(node.region ? NONE : ofNode(node));
    }
  };
  visit(flat.nodes);
  return new Map(
    [...parts].map(([node, all]) => {
      const [read, written] = [all.map((one) => one.read), all.map((one) => one.written)];
      return [node, { read: sum(...read), written: sum(...written) }];
    }),
  );
}
