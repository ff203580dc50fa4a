/**
 * The most memory that a run needs at once, in addition to weights and inputs, if the nodes run in their order. There
 * are two plans:
 *
 * - `live` keeps every value from the node that computes it to its last reader. Any runtime that runs the nodes in this
 *   order needs at least this memory.
 * - `onnxruntime` plans as ONNX Runtime does. When a value is no longer read, the planner keeps its memory allocated,
 *   and gives the memory to a later value of the same type. docs/costs.md compares both plans with measurements.
 */
import { type Bindings, type Dim, evaluate, symbolIn } from '../../compiler/ir/dim.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../../compiler/ir/graph.ts';
import { type Op, require } from '../../compiler/ir/op.ts';
import { NOWHERE } from '../../compiler/ir/place.ts';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import { writtenAhead } from '../algebra/ahead.ts';
import { type Flat, type FlatNode, flatten } from '../algebra/flatten.ts';
import { wholeLengths } from '../algebra/fold.ts';
import { bytesOf, known, type MemoryPlan, type PlannedBuffer, planned, type Setting } from './memory_plan.ts';

export type { MemoryPlan } from './memory_plan.ts';

type Ops = Readonly<Record<string, Op>>;

/** A piece of memory that is allocated at some moment. */
export interface HeldMemory {
  /** The node that computed the value, or the node that needs the scratch memory. */
  readonly node: Node;
  readonly bytes: bigint;
  /** `kept` memory contained a value that is no longer read, and will contain a later value. */
  readonly what: 'value' | 'scratch' | 'kept';
}

export interface Peak {
  readonly bytes: bigint;
  /** The node that runs at the peak. */
  readonly at: Node;
  /** The memory that is allocated at the peak, the largest piece first. */
  readonly live: readonly HeldMemory[];
}

/**
 * The peak of one run. `lengths` contains the lengths of the graph's inputs. For a loop whose values grow, it also
 * contains `written` (the number of words before the last iteration) and `steps`. Lengths that ops name are computed for
 * documents without padding.
 */
export function peakOf(graph: Graph, ops: Ops, lengths: Bindings, plan: MemoryPlan = 'onnxruntime'): Peak {
  const { all, setting } = settingOf(graph, ops, lengths, plan);
  const { flat } = setting;
  const peak = peakIn(flat.nodes, flat.outputs, all, setting);
  return { ...peak, live: [...peak.live].sort((a, b) => Number(b.bytes - a.bytes)) };
}

/** The graph as it runs, with the values of all lengths that are named in it. */
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

/** The node of the peak in an empty graph. */
const NO_NODE: Node = { op: '', ins: [], outs: [], attrs: {}, scope: '', place: NOWHERE, from: [] };

/** The peak of a list of nodes: the nodes of a graph, or of one iteration of a loop. */
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
    const size = held[i]! + bytesIn(during[i]!);
    if (size > bytes) [at, bytes] = [i, size];
  });
  if (at < 0) return { bytes: 0n, at: NO_NODE, live: [] };
  return { bytes, at: nodes[at]!.of, live: [...liveAt(nodes, buffers, at), ...during[at]!] };
}

export const bytesIn = (held: readonly HeldMemory[]): bigint =>
  held.reduce((sum, { bytes }) => sum + bytes, 0n);

/**
 * The first node during which a buffer is held. A loop makes its results at its end, so the results count from the node
 * after the loop.
 */
const start = (nodes: readonly FlatNode[], { values }: PlannedBuffer): number => {
  const { from } = values[0]!;
  return nodes[from]!.region ? from + 1 : from;
};

/** The bytes of all buffers during each node. */
function heldAt(nodes: readonly FlatNode[], buffers: readonly PlannedBuffer[]): readonly bigint[] {
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

function liveAt(
  nodes: readonly FlatNode[],
  buffers: readonly PlannedBuffer[],
  i: number,
): readonly HeldMemory[] {
  return buffers
    .filter((buffer) => start(nodes, buffer) <= i && i <= buffer.values.at(-1)!.to)
    .map(({ values, bytes }): HeldMemory => {
      const now = values.find(({ from, to }) => from <= i && i <= to);
      const before = values.findLast(({ to }) => to < i);
      return { node: (now ?? before)!.node, bytes, what: now ? 'value' : 'kept' };
    });
}

export function scratchOf(node: FlatNode, lengths: Bindings, { ops, flat }: Setting): readonly HeldMemory[] {
  const { scratch } = ops[node.op]!;
  if (!scratch) return [];
  const ins = node.ins.map((id) => (id === null ? null : known(flat.types[id]!, lengths)));
  const outs = node.outs.map((id) => known(flat.types[id]!, lengths));
  const bytes = evaluatePolynomial(scratch(ins, outs, node.attrs), new Map());
  require(bytes !== undefined, () => `the scratch of ${node.op} has no value`);
  return bytes === 0n ? [] : [{ node: node.of, bytes, what: 'scratch' }];
}

/**
 * The lengths inside a loop: the lengths that are known outside, and the lengths in the types of the carried values. The
 * types of the values that enter the iteration give the latter.
 */
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

/** The number of iterations of a loop whose count is a constant or a length. Any other loop counts as two iterations. */
export function iterationCount({ ins }: FlatNode, lengths: Bindings, { producers }: Flat): number {
  const count = producers.get(ins[0]!);
  if (count?.op === 'constant') return (count.attrs.value as Literal).data[0]!;
  return (count?.op === 'dim_value' ? evaluate(count.attrs.of as Dim, lengths) : undefined) ?? 2;
}

/**
 * The memory that a loop needs at its peak. An iteration needs the carried values that enter it and the values that it
 * computes. The first iteration reads the loop's inputs, which are counted outside the loop. At the end, ONNX Runtime
 * copies results, so it needs the values that entered the last iteration, the results of that iteration, and the results
 * of the loop.
 */
export function inLoop(node: FlatNode, lengths: Bindings, setting: Setting): readonly HeldMemory[] {
  const { types } = setting.flat;
  const { params, outputs } = node.region!;
  const state = params.slice(1).map((id) => types[id]!);
  const results = outputs.slice(1, params.length).map((id) => types[id]!);
  const hold = (all: readonly TensorType[], inside: Bindings): readonly HeldMemory[] =>
    all.map((t) => ({ node: node.of, bytes: bytesOf(known(t, inside)), what: 'value' }));
  const iteration = (inside: Bindings): readonly HeldMemory[] =>
    peakIn(node.inner!, outputs, inside, setting).live;

  const over = node.outs.map((id) => types[id]!);
  const init = node.ins.slice(2).map((id) => known(types[id!]!, lengths));
  const first = entering(state, init, lengths);
  const count = iterationCount(node, lengths, setting.flat);
  if (count === 0) return hold(over, lengths);
  const next = results.map((t) => known(t, first));
  const second = entering(state, next, lengths);
  const ends = over.slice(0, results.length).map((t) => known(t, lengths));
  const last = entering(results, ends, lengths);
  const moments = [iteration(first)];
  if (setting.plan === 'onnxruntime')
    moments.push([...hold(state, last), ...hold(results, last), ...hold(over, lengths)]);
  if (count > 1) moments.push([...hold(state, second), ...iteration(second)]);
  return moments.reduce((most, one) => (bytesIn(one) > bytesIn(most) ? one : most));
}
