/**
 * The most memory that a run holds at once, beside weights and inputs: which values live when, in the order of
 * the nodes. Two plans:
 *
 * - `live`: every value from where it is computed to where it is read last. What any runtime needs in this order.
 * - `onnxruntime`: what ONNX Runtime holds. It gives the memory of a dead value to a later one of the same type, and
 *   keeps it in between (its allocation planner; docs/costs.md shows the two beside measured numbers).
 */
import { type Bindings, type Dim, evaluate, symbolIn } from '../../compiler/ir/dim.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../../compiler/ir/graph.ts';
import { type Op, require } from '../../compiler/ir/op.ts';
import { NOWHERE } from '../../compiler/ir/place.ts';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { type Flat, type FlatNode, flatten } from '../algebra/flatten.ts';
import { wholeLengths } from '../algebra/fold.ts';
import { type Buffer, bytesOf, known, type MemoryPlan, planned, type Setting } from './memory_plan.ts';

export type { MemoryPlan } from './memory_plan.ts';

type Ops = Readonly<Record<string, Op>>;

export interface Held {
  /** The node that it was computed by; for scratch, the one that needs it. */
  readonly node: Node;
  readonly bytes: bigint;
  /** `kept`: nobody reads it any more, but a later value will take its place. */
  readonly what: 'value' | 'scratch' | 'kept';
}

export interface Peak {
  readonly bytes: bigint;
  /** During which node. */
  readonly at: Node;
  /** What is held then, largest first. */
  readonly live: readonly Held[];
}

/**
 * The peak of one run at these lengths: those of the graph's inputs, and of loops whose rounds grow (`written`, the
 * words before the last round, and `steps`). Lengths that ops name are those of whole documents.
 */
export function peakOf(graph: Graph, ops: Ops, lengths: Bindings, plan: MemoryPlan = 'onnxruntime'): Peak {
  const { all, setting } = settingOf(graph, ops, lengths, plan);
  const { flat } = setting;
  const peak = peakIn(flat.nodes, flat.outputs, all, setting);
  return { ...peak, live: [...peak.live].sort((a, b) => Number(b.bytes - a.bytes)) };
}

/** A graph as it runs, and every length that is named in it. */
export function settingOf(
  graph: Graph,
  ops: Ops,
  lengths: Bindings,
  plan: MemoryPlan,
): { readonly all: Bindings; readonly setting: Setting } {
  const all = new Map(lengths);
  for (const [name, length] of wholeLengths(graph, ops)) {
    const value = evaluate(length, all);
    if (value !== undefined && !all.has(name)) all.set(name, value);
  }
  const given = new Set([...graph.inputs.map(({ id }) => id), ...writtenAhead(graph, ops).keys()]);
  return { all, setting: { ops, flat: flatten(graph, ops), plan, given } };
}

/** Where the peak of an empty graph is. */
const NOTHING: Node = { op: '', ins: [], outs: [], attrs: {}, scope: '', place: NOWHERE, from: [] };

/** The peak of a list of nodes: a graph, or one round of a loop. */
export function peakIn(
  nodes: readonly FlatNode[],
  outputs: readonly ValueId[],
  lengths: Bindings,
  setting: Setting,
): Peak {
  const { buffers } = planned(nodes, outputs, lengths, setting);
  const during = nodes.map((node) =>
    node.region ? inLoop(node, lengths, setting) : scratchOf(node, lengths, setting),
  );
  const held = heldAt(nodes, buffers);
  let [at, bytes] = [-1, -1n];
  nodes.forEach((_, i) => {
    const size = held[i]! + sizeOf(during[i]!);
    if (size > bytes) [at, bytes] = [i, size];
  });
  if (at < 0) return { bytes: 0n, at: NOTHING, live: [] };
  return { bytes, at: nodes[at]!.of, live: [...liveAt(nodes, buffers, at), ...during[at]!] };
}

export const sizeOf = (held: readonly Held[]): bigint => held.reduce((sum, { bytes }) => sum + bytes, 0n);

/** When a buffer is first there. A loop makes its results when its last round is over: they count from the node after it. */
const start = (nodes: readonly FlatNode[], { values }: Buffer): number => {
  const { from } = values[0]!;
  return nodes[from]!.region ? from + 1 : from;
};

/** Bytes of all buffers during each node. */
function heldAt(nodes: readonly FlatNode[], buffers: readonly Buffer[]): readonly bigint[] {
  const changes = Array.from({ length: nodes.length + 1 }, () => 0n);
  const change = (i: number, by: bigint): void => {
    if (i < changes.length) changes[i]! += by;
  };
  for (const buffer of buffers) {
    const [from, to] = [start(nodes, buffer), buffer.values.at(-1)!.to];
    if (to < from) continue;
    change(from, buffer.bytes);
    change(to + 1, -buffer.bytes);
  }
  let now = 0n;
  return nodes.map((_, i) => (now += changes[i]!));
}

function liveAt(nodes: readonly FlatNode[], buffers: readonly Buffer[], i: number): readonly Held[] {
  return buffers
    .filter((buffer) => start(nodes, buffer) <= i && i <= buffer.values.at(-1)!.to)
    .map(({ values, bytes }): Held => {
      const now = values.find(({ from, to }) => from <= i && i <= to);
      const before = values.findLast(({ to }) => to < i);
      return { node: (now ?? before)!.node, bytes, what: now ? 'value' : 'kept' };
    });
}

export function scratchOf(node: FlatNode, lengths: Bindings, { ops, flat }: Setting): readonly Held[] {
  const { scratch } = ops[node.op]!;
  if (!scratch) return [];
  const ins = node.ins.map((id) => (id === null ? null : known(flat.types[id]!, lengths)));
  const outs = node.outs.map((id) => known(flat.types[id]!, lengths));
  const bytes = evaluatePolynomial(scratch(ins, outs, node.attrs), new Map());
  require(bytes !== undefined, () => `the scratch of ${node.op} has no value`);
  return bytes === 0n ? [] : [{ node: node.of, bytes, what: 'scratch' }];
}

/** Lengths that the carried values' types name, from what is carried in; those known already stay. */
export function entering(
  params: readonly TensorType[],
  given: readonly TensorType[],
  lengths: Bindings,
): Bindings {
  const inside = new Map(lengths);
  params.forEach(({ shape }, i) => {
    shape.forEach((d, axis) => {
      const found = symbolIn(d);
      if (!found || lengths.has(found.symbol)) return;
      inside.set(found.symbol, (given[i]!.shape[axis] as number) / found.factor);
    });
  });
  return inside;
}

/** Rounds of a loop that counts a length or to a number; of one that ends by itself, at least two. */
export function roundsOf({ ins }: FlatNode, lengths: Bindings, { producers }: Flat): number {
  const count = producers.get(ins[0]!);
  if (count?.op === 'constant') return (count.attrs.value as Literal).data[0]!;
  return (count?.op === 'dim_value' ? evaluate(count.attrs.of as Dim, lengths) : undefined) ?? 2;
}

/**
 * What a loop holds at its worst: in a round, what is carried in beside what the round computes (the first round
 * reads the loop's own inputs). ONNX Runtime copies at the end: what the last round was given, its results, and theirs.
 */
export function inLoop(node: FlatNode, lengths: Bindings, setting: Setting): readonly Held[] {
  const { types } = setting.flat;
  const { params, outputs } = node.region!;
  const state = params.slice(1).map((id) => types[id]!);
  const results = outputs.slice(1, params.length).map((id) => types[id]!);
  const hold = (all: readonly TensorType[], inside: Bindings): readonly Held[] =>
    all.map((t) => ({ node: node.of, bytes: bytesOf(known(t, inside)), what: 'value' }));
  const round = (inside: Bindings): readonly Held[] => peakIn(node.inner!, outputs, inside, setting).live;

  const over = node.outs.map((id) => types[id]!);
  const init = node.ins.slice(2).map((id) => known(types[id!]!, lengths));
  const first = entering(state, init, lengths);
  const rounds = roundsOf(node, lengths, setting.flat);
  if (rounds === 0) return hold(over, lengths);
  const next = results.map((t) => known(t, first));
  const second = entering(state, next, lengths);
  const ends = over.slice(0, results.length).map((t) => known(t, lengths));
  const last = entering(results, ends, lengths);
  const moments = [round(first)];
  if (setting.plan === 'onnxruntime')
    moments.push([...hold(state, last), ...hold(results, last), ...hold(over, lengths)]);
  if (rounds > 1) moments.push([...hold(state, second), ...round(second)]);
  return moments.reduce((most, one) => (sizeOf(one) > sizeOf(most) ? one : most));
}
