/**
 * Removes the parts of a graph that nothing reads: nodes, loop-carried values that only feed themselves, scans,
 * weights and types. All outputs stay, and all inputs that are not weights.
 */
import type { Graph, Node, Param, Port, TensorType, ValueId } from './graph.ts';

type Live = Set<ValueId>;

/** Keeps the nodes that compute a value in `live`, from last to first, and adds the values that they read to `live`. */
function pruneNodes(nodes: readonly Node[], live: Live): readonly Node[] {
  const kept: Node[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outs.some((id) => live.has(id))) continue;
    const pruned = node.region ? pruneLoop(node, live) : node;
    for (const id of pruned.ins) if (id !== null) live.add(id);
    kept.push(pruned);
  }
  return kept.reverse();
}

/**
 * A loop's outputs are its carried values, then its scans. A carried value stays if it is read after the loop, or if
 * a node that stays reads it inside the loop. The search starts with the values that are read after the loop, and
 * repeats until no further value is found.
 */
function pruneLoop(node: Node, live: Live): Node {
  const region = node.region!;
  const carried = node.ins.length - 2;
  const keep = node.outs.map((id) => live.has(id));
  const inside = (): { nodes: readonly Node[]; live: Live } => {
    const wanted: Live = new Set([region.outputs[0]!]);
    for (const [i, kept] of keep.entries()) if (kept) wanted.add(region.outputs[1 + i]!);
    return { nodes: pruneNodes(region.nodes, wanted), live: wanted };
  };
  let body = inside();
  for (let grew = true; grew; ) {
    grew = false;
    for (let i = 0; i < carried; i++) {
      if (!keep[i] && body.live.has(region.params[1 + i]!)) grew = keep[i] = true;
    }
    if (grew) body = inside();
  }
  const params = new Set(region.params);
  const defined = new Set(body.nodes.flatMap((n) => n.outs));
  for (const id of body.live) if (!params.has(id) && !defined.has(id)) live.add(id);
  const kept = (_: unknown, i: number): boolean => keep[i]!;
  if (keep.every(Boolean) && body.nodes.length === region.nodes.length) {
    const same = body.nodes.every((n, i) => n === region.nodes[i]);
    if (same) return node;
  }
  return {
    ...node,
    ins: [...node.ins.slice(0, 2), ...node.ins.slice(2).filter(kept)],
    outs: node.outs.filter(kept),
    region: {
      params: [region.params[0]!, ...region.params.slice(1).filter(kept)],
      nodes: body.nodes,
      outputs: [region.outputs[0]!, ...region.outputs.slice(1).filter(kept)],
    },
  };
}

export function prune(graph: Graph): Graph {
  const live: Live = new Set(graph.outputs.map((port) => port.id));
  const nodes = pruneNodes(graph.nodes, live);
  const params: readonly Param[] = graph.params.filter((p) => live.has(p.id));
  const inputs: readonly Port[] = graph.inputs.filter((port) => !port.weight || live.has(port.id));
  const types: Record<ValueId, TensorType> = {};
  const keepType = (id: ValueId): void => {
    types[id] = graph.types[id]!;
  };
  const visit = (list: readonly Node[]): void => {
    for (const node of list) {
      node.outs.forEach(keepType);
      node.region?.params.forEach(keepType);
      if (node.region) visit(node.region.nodes);
    }
  };
  for (const port of inputs) keepType(port.id);
  for (const p of params) keepType(p.id);
  visit(nodes);
  return { ...graph, inputs, params, nodes, types };
}
