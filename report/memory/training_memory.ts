/**
 * The most memory that a step of training needs at once, in addition to weights, their gradients and Adam's moments
 * (docs/costs.md). It is computed from the lifetimes of values in a schedule: first all nodes in order (the forward
 * half), then the gradient of each node in reverse order (the backward half). This needs no graph of gradients, because
 * each op states which values its gradient reads (`saves`).
 *
 * - A value is kept from the node that computes it to its last reader in either half. The memory that kernels need in
 *   addition is known only for the forward half (`live` in memory.ts).
 * - The gradient of a node reads the values that the node saves and the gradients of its results. It makes a gradient
 *   for every float input that depends on a weight. If a value gets a second gradient, it is computed in separate memory
 *   and then added to the first gradient.
 * - Gradients of weights are accumulated in separate memory, which is not counted here.
 * - A view shares the memory of its source. The gradient of a view shares the memory of its source's gradient.
 * - A loop keeps the values that enter each iteration. The gradient of the loop computes each iteration again. That
 *   needs the memory of an iteration twice: for its values and for their gradients.
 */
import type { Bindings } from '../../compiler/ir/dim.ts';
import { type Graph, type Node, readsOf, type ValueId } from '../../compiler/ir/graph.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import type { FlatNode } from '../algebra/flatten.ts';
import { bytesIn, entering, inLoop, iterationCount, peakIn, scratchOf, settingOf } from './memory.ts';
import { bytesOf, known, type Setting, sizesAt } from './memory_plan.ts';

export interface TrainingPeak {
  readonly bytes: bigint;
  /** The node during which, or during whose gradient, the peak occurs; undefined if nothing is held. */
  readonly at: Node | undefined;
  readonly phase: 'forward' | 'backward';
  /** The peak of each phase in bytes. */
  readonly phases: Readonly<Record<'forward' | 'backward', bigint>>;
}

/** The bytes that are held at each moment of a schedule. */
interface Timeline {
  /** Adds bytes that are held from one moment to another, both included. */
  hold(from: number, to: number, bytes: bigint): void;
  /** The first moment from `from` to `to`, both included, at which the most bytes are held. */
  most(from: number, to: number): { readonly at: number; readonly bytes: bigint };
}

function timelineOf(moments: number): Timeline {
  const changes = Array.from({ length: moments + 1 }, () => 0n);
  return {
    hold(from, to, bytes) {
      if (to < from) return;
      changes[from]! += bytes;
      changes[to + 1]! -= bytes;
    },
    most(from, to) {
      let [at, most, now] = [from, 0n, 0n];
      for (let i = 0; i <= to; i++) {
        now += changes[i]!;
        if (i >= from && now > most) [at, most] = [i, now];
      }
      return { at, bytes: most };
    },
  };
}

/** Finds the value whose memory a value uses: the source of a view, or the value itself if it is not a view. */
function homesOf(nodes: readonly FlatNode[], ops: Setting['ops']): (id: ValueId) => ValueId {
  const source = new Map<ValueId, ValueId>();
  for (const { op, ins, outs } of nodes) {
    const [x] = ins;
    if (ops[op]!.view && x !== null && x !== undefined) source.set(outs[0]!, source.get(x) ?? x);
  }
  return (id) => source.get(id) ?? id;
}

/** The values that have gradients: weights, and floats that depend on a weight. */
function movable(graph: Graph, { flat }: Setting): ReadonlySet<ValueId> {
  const found = new Set(graph.params.map(({ id }) => id));
  for (const node of flat.nodes) {
    if (!readsOf(node).some((id) => found.has(id))) continue;
    for (const id of node.outs) if (/^f/.test(flat.types[id]!.dtype)) found.add(id);
  }
  return found;
}

/** The values that the gradients of a node's inputs read. Only inputs that have gradients count. */
function savedBy(node: FlatNode, { ops, flat }: Setting, moves: ReadonlySet<ValueId>): readonly ValueId[] {
  const op = ops[node.op]!;
  if (op.view) return [];
  const nameOf = (i: number): string => (op.ins[i] ?? op.ins.at(-1)!).replace(/[?*]$/, '');
  const named = new Map<string, ValueId>(op.outs.map((name, i) => [name, node.outs[i]!]));
  node.ins.forEach((id, i) => {
    if (id !== null) named.set(nameOf(i), id);
  });
  const floats = node.ins.filter((id) => id !== null && /^f/.test(flat.types[id]!.dtype)) as ValueId[];
  return node.ins.flatMap((id, i) => {
    if (id === null || !moves.has(id)) return [];
    return op.saves?.[nameOf(i)]?.map((name) => named.get(name)!) ?? floats;
  });
}

/** For each iteration of a loop: the lengths in it, and the bytes of the carried values that enter it. */
function iterationsOf(node: FlatNode, lengths: Bindings, setting: Setting) {
  const { types } = setting.flat;
  const { params, outputs } = node.region!;
  const state = params.slice(1).map((id) => types[id]!);
  let entered = node.ins.slice(2).map((id) => known(types[id!]!, lengths));
  return Array.from({ length: iterationCount(node, lengths, setting.flat) }, () => {
    const carried = entered;
    const inside = entering(state, carried, lengths);
    entered = outputs.slice(1, params.length).map((id) => known(types[id]!, inside));
    return { inside, carried: carried.reduce((sum, t) => sum + bytesOf(t), 0n) };
  });
}

/** A step of training: facts about its graph, and the results so far of the walk over the schedule. */
interface Step {
  readonly setting: Setting;
  readonly lengths: Bindings;
  readonly weights: ReadonlySet<ValueId>;
  /** The value whose memory a value uses. */
  readonly home: (id: ValueId) => ValueId;
  /** The values that have gradients. */
  readonly moves: ReadonlySet<ValueId>;
  readonly size: (id: ValueId) => bigint;
  /** The moment of a node's gradient. The gradient of the last node comes right after the last node. */
  readonly back: (i: number) => number;
  readonly line: Timeline;
  /** The moment of the last read of each value. */
  readonly last: Map<ValueId, number>;
  /** The moment at which each value first has a gradient. */
  readonly gradients: Map<ValueId, number>;
}

function stepOf(graph: Graph, ops: Readonly<Record<string, Op>>, lengths: Bindings): Step {
  const { all, setting } = settingOf(graph, ops, lengths, 'live');
  const { nodes, types } = setting.flat;
  const sizeOfType = sizesAt(all);
  return {
    setting,
    lengths: all,
    weights: new Set(graph.params.map(({ id }) => id)),
    home: homesOf(nodes, ops),
    moves: movable(graph, setting),
    size: (id) => sizeOfType(types[id]!),
    back: (i) => 2 * nodes.length - 1 - i,
    line: timelineOf(2 * nodes.length),
    last: new Map(),
    gradients: new Map(),
  };
}

function keep({ home, last }: Step, id: ValueId, until: number): void {
  const owner = home(id);
  last.set(owner, Math.max(last.get(owner) ?? 0, until));
}

/** Whether a value needs memory for its gradient here. Gradients of weights have separate memory. */
const hasGradient = ({ moves, weights, home }: Step, id: ValueId): boolean =>
  moves.has(id) && !weights.has(home(id));

/** Keeps the values that the forward half reads, and returns the index of the node that makes each value. */
function walkForward(step: Step): ReadonlyMap<ValueId, number> {
  const { nodes, outputs } = step.setting.flat;
  const made = new Map<ValueId, number>();
  nodes.forEach((node, i) => {
    for (const id of node.outs) if (step.home(id) === id) made.set(id, i);
    for (const id of [...readsOf(node), ...node.outs]) keep(step, id, i);
  });
  // The loss is computed from the results, after the last node.
  for (const id of outputs) keep(step, id, nodes.length - 1);
  return made;
}

/** Keeps the values that gradients read, and finds the moment at which each gradient is first made. */
function walkBackward(step: Step): void {
  const { setting, lengths, home, moves, line, gradients, size, back } = step;
  const { nodes, types, outputs } = setting.flat;
  for (const id of outputs) if (hasGradient(step, id)) gradients.set(home(id), nodes.length);
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const op = setting.ops[node.op]!;
    if (op.view || !node.outs.some((id) => moves.has(id) && gradients.has(home(id)))) continue;
    for (const id of savedBy(node, setting, moves)) keep(step, id, back(i));
    const statistics = op.statistics?.(
      node.ins.map((id) => (id === null ? null : known(types[id]!, lengths))),
      node.outs.map((id) => known(types[id]!, lengths)),
      node.attrs,
    );
    if (statistics) line.hold(i, back(i), evaluatePolynomial(statistics, new Map())!);
    if (node.region) holdIterations(step, node, i);
    for (const id of node.region ? readsOf(node) : node.ins) {
      if (id === null || !hasGradient(step, id)) continue;
      const owner = home(id);
      if (gradients.has(owner)) line.hold(back(i), back(i), size(owner));
      else gradients.set(owner, back(i));
    }
  }
}

/** Adds to the timeline the memory that the gradient of a loop needs. */
function holdIterations(step: Step, node: FlatNode, i: number): void {
  const { setting, lengths, line, back } = step;
  const iterations = iterationsOf(node, lengths, setting);
  // The loop's inputs enter the first iteration, and every iteration may read values from outside.
  for (const id of readsOf(node)) keep(step, id, back(i));
  for (const { carried } of iterations.slice(1)) line.hold(i, back(i), carried);
  const { outputs } = node.region!;
  const peaks = iterations.map(({ inside }) => peakIn(node.inner!, outputs, inside, setting).bytes);
  line.hold(back(i), back(i), 2n * peaks.reduce((most, one) => (one > most ? one : most), 0n));
}

/** Adds every value and gradient to the timeline for its lifetime, and the extra memory of kernels. */
function holdValues(step: Step, made: ReadonlyMap<ValueId, number>): void {
  const { setting, lengths, line, last, gradients, size, back } = step;
  const { nodes } = setting.flat;
  for (const [id, from] of made) {
    const { op, region } = nodes[from]!;
    if (op === 'constant' || setting.given.has(id)) continue;
    // A loop makes its results after its last iteration.
    line.hold(region ? from + 1 : from, last.get(id)!, size(id));
  }
  for (const [id, from] of gradients) line.hold(from, back(made.get(id)!), size(id));
  nodes.forEach((node, i) => {
    const held = node.region ? inLoop(node, lengths, setting) : scratchOf(node, lengths, setting);
    line.hold(i, i, bytesIn(held));
  });
}

/**
 * The peak of a step of training. `lengths` contains the lengths of the graph's inputs. For a loop whose values grow, it
 * also contains `written` (the number of words before the last iteration) and `steps`.
 */
export function trainingPeakOf(
  graph: Graph,
  ops: Readonly<Record<string, Op>>,
  lengths: Bindings,
): TrainingPeak {
  const step = stepOf(graph, ops, lengths);
  const made = walkForward(step);
  walkBackward(step);
  holdValues(step, made);
  const { line, back, setting } = step;
  const { nodes } = setting.flat;
  const count = nodes.length;
  const [forward, backward] = [line.most(0, count - 1), line.most(count, 2 * count - 1)];
  const phases = { forward: forward.bytes, backward: backward.bytes };
  return backward.bytes > forward.bytes
    ? { bytes: backward.bytes, at: nodes[back(backward.at)]?.of, phase: 'backward', phases }
    : { bytes: forward.bytes, at: nodes[forward.at]?.of, phase: 'forward', phases };
}
