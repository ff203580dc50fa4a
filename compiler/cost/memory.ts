/**
 * The most bytes of computed values that are alive at once, when nodes run in the order of the graph and a value
 * goes after the last node that reads it. Weights and what is computed of weights alone do not count: they are
 * there before. Reshaping copies nothing.
 */
import type { Dim } from '../ir/dim.ts';
import type { Graph, Node, ValueId } from '../ir/graph.ts';
import { isComposite, type Op } from '../ir/op.ts';
import { given, workOf } from './fold.ts';
import { evaluatePolynomial, type Polynomial } from './polynomial.ts';
import { bytes } from './work.ts';

type Ops = Readonly<Record<string, Op>>;

/** Their output is their first input under another shape. */
const VIEWS: ReadonlySet<string> = new Set(['reshape', 'unsqueeze', 'squeeze']);

const NONE: ReadonlyMap<string, number> = new Map();
const sizeOf = (p: Polynomial): bigint => evaluatePolynomial(p, NONE) ?? 0n;

/** Values that are known when the artifact is written. */
function constantsOf(graph: Graph, ops: Ops): ReadonlySet<ValueId> {
  const known = new Set<ValueId>(graph.params.map(({ id }) => id));
  for (const { op: name, ins, outs } of graph.nodes) {
    const op = ops[name];
    if (!op || isComposite(op) || !(op.onWeights || name === 'constant')) continue;
    if (ins.every((id) => id === null || known.has(id))) for (const id of outs) known.add(id);
  }
  return known;
}

export function peakOf(
  graph: Graph,
  ops: Ops,
  lengths: ReadonlyMap<string, number>,
): { readonly bytes: bigint } {
  const constants = constantsOf(graph, ops);
  const sizes = new Map<ValueId, bigint>();
  for (const { node, outs } of workOf(graph, ops, given(lengths as ReadonlyMap<string, Dim>)))
    for (const [i, id] of node.outs.entries())
      sizes.set(id, constants.has(id) ? 0n : sizeOf(bytes(outs[i]!)));
  const buffers = new Map<ValueId, ValueId>();
  const bufferOf = (id: ValueId): ValueId => buffers.get(id) ?? id;
  const reads = (node: Node): readonly ValueId[] =>
    [...node.ins, ...(node.region ? [...node.region.nodes.flatMap(reads), ...node.region.outputs] : [])]
      .filter((id) => id !== null)
      .map(bufferOf);
  for (const { op, ins, outs } of graph.nodes)
    if (VIEWS.has(op) && ins[0] != null) buffers.set(outs[0]!, bufferOf(ins[0]));
  const last = new Map<ValueId, number>();
  graph.nodes.forEach((node, i) => {
    for (const id of reads(node)) last.set(id, i);
  });
  for (const { id } of graph.outputs) last.set(bufferOf(id), graph.nodes.length);

  const alive = new Map<ValueId, bigint>();
  const total = (): bigint => [...alive.values()].reduce((a, b) => a + b, 0n);
  let peak = 0n;
  graph.nodes.forEach((node, i) => {
    for (const id of node.outs) if (!buffers.has(id)) alive.set(id, sizes.get(id) ?? 0n);
    const inside = node.region?.nodes.flatMap(({ outs }) => outs.map((id) => sizes.get(id) ?? 0n)) ?? [];
    const now = total() + inside.reduce((a, b) => (a > b ? a : b), 0n);
    if (now > peak) peak = now;
    for (const id of alive.keys()) if ((last.get(id) ?? i) <= i) alive.delete(id);
  });
  return { bytes: peak };
}
