/**
 * The most memory that a step of training holds at once, beside weights and what is of their size (docs/costs.md):
 * liveness over the schedule of the forward nodes in order, then the gradient of each in reverse. There is no graph of
 * gradients here: what each reads beside the gradients of its results is told by the op (`saves`).
 *
 * - A value is kept from where it is computed to where it is read last, in either half; what kernels hold besides is that
 *   of the forward half (`live` of memory.ts), since nobody knows the others.
 * - The gradient of a node reads what it saves and the gradients of its results, and makes one of the shape of every
 *   float input that depends on a weight. A second one for the same value is made beside the first, and added to it.
 * - Gradients of weights are added up in memory of their own, which is not counted here.
 * - A view has its source's memory, and so has its gradient.
 * - A loop keeps what enters each round, and computes the round again for its gradient, with as much again for the
 *   gradients of what it computes.
 */
import type { Bindings } from '../../compiler/ir/dim.ts';
import { type Graph, type Node, readsOf, type ValueId } from '../../compiler/ir/graph.ts';
import type { Op } from '../../compiler/ir/op.ts';
import { evaluatePolynomial } from '../../compiler/ir/polynomial.ts';
import type { FlatNode } from '../algebra/flatten.ts';
import { entering, inLoop, peakIn, roundsOf, scratchOf, settingOf, sizeOf } from './memory.ts';
import { bytesOf, known, type Setting, sizesAt } from './memory_plan.ts';

export interface TrainingPeak {
  readonly bytes: bigint;
  /** During which node, or its gradient; undefined where there is none. */
  readonly at: Node | undefined;
  readonly phase: 'forward' | 'backward';
  /** The most of each. */
  readonly phases: Readonly<Record<'forward' | 'backward', bigint>>;
}

/** Bytes held at every moment of a schedule. */
interface Timeline {
  /** Both ends included. */
  hold(from: number, to: number, bytes: bigint): void;
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

/** Whose memory each value is: a view is its source's. */
function homesOf(nodes: readonly FlatNode[], ops: Setting['ops']): (id: ValueId) => ValueId {
  const source = new Map<ValueId, ValueId>();
  for (const { op, ins, outs } of nodes) {
    const [x] = ins;
    if (ops[op]!.view && x !== null && x !== undefined) source.set(outs[0]!, source.get(x) ?? x);
  }
  return (id) => source.get(id) ?? id;
}

/** Floats that depend on a weight: those that have gradients. */
function movable(graph: Graph, { flat }: Setting): ReadonlySet<ValueId> {
  const found = new Set(graph.params.map(({ id }) => id));
  for (const node of flat.nodes) {
    if (!readsOf(node).some((id) => found.has(id))) continue;
    for (const id of node.outs) if (/^f/.test(flat.types[id]!.dtype)) found.add(id);
  }
  return found;
}

/** What the gradients of a node's inputs read: of those inputs alone that have one. */
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

/** What enters every round of a loop: its lengths there, and the bytes of what is carried in. */
function roundsIn(node: FlatNode, lengths: Bindings, setting: Setting) {
  const { types } = setting.flat;
  const { params, outputs } = node.region!;
  const state = params.slice(1).map((id) => types[id]!);
  let entered = node.ins.slice(2).map((id) => known(types[id!]!, lengths));
  return Array.from({ length: roundsOf(node, lengths, setting.flat) }, () => {
    const carried = entered;
    const inside = entering(state, carried, lengths);
    entered = outputs.slice(1, params.length).map((id) => known(types[id]!, inside));
    return { inside, carried: carried.reduce((sum, t) => sum + bytesOf(t), 0n) };
  });
}

export function trainingPeakOf(
  graph: Graph,
  ops: Readonly<Record<string, Op>>,
  lengths: Bindings,
): TrainingPeak {
  const { all, setting } = settingOf(graph, ops, lengths, 'live');
  const { flat, given } = setting;
  const nodes = flat.nodes;
  const count = nodes.length;
  const [home, moves] = [homesOf(nodes, ops), movable(graph, setting)];
  const weights = new Set(graph.params.map(({ id }) => id));
  const sizeOfType = sizesAt(all);
  const size = (id: ValueId): bigint => sizeOfType(flat.types[id]!);
  /** When the gradient of a node is computed; that of the last node right after the last node. */
  const back = (i: number): number => 2 * count - 1 - i;
  const line = timelineOf(2 * count);

  const made = new Map<ValueId, number>();
  const last = new Map<ValueId, number>();
  const keep = (id: ValueId, until: number): void => {
    const owner = home(id);
    last.set(owner, Math.max(last.get(owner) ?? 0, until));
  };
  nodes.forEach((node, i) => {
    for (const id of node.outs) if (home(id) === id) made.set(id, i);
    for (const id of [...readsOf(node), ...node.outs]) keep(id, i);
  });
  // What is made of the results, a loss, comes after the last node.
  for (const id of flat.outputs) keep(id, count - 1);

  /** Since when there is a gradient of each value. */
  const gradients = new Map<ValueId, number>();
  for (const id of flat.outputs) if (moves.has(id) && !weights.has(home(id))) gradients.set(home(id), count);
  for (let i = count - 1; i >= 0; i--) {
    const node = nodes[i]!;
    const op = ops[node.op]!;
    if (op.view || !node.outs.some((id) => moves.has(id) && gradients.has(home(id)))) continue;
    for (const id of savedBy(node, setting, moves)) keep(id, back(i));
    const kept = op.statistics?.(
      node.ins.map((id) => (id === null ? null : known(flat.types[id]!, all))),
      node.outs.map((id) => known(flat.types[id]!, all)),
      node.attrs,
    );
    if (kept) line.hold(i, back(i), evaluatePolynomial(kept, new Map())!);
    if (node.region) holdRounds(node, i);
    const inner = node.region ? readsOf(node) : node.ins;
    for (const id of inner) {
      if (id === null || !moves.has(id) || weights.has(home(id))) continue;
      const owner = home(id);
      if (gradients.has(owner)) line.hold(back(i), back(i), size(owner));
      else gradients.set(owner, back(i));
    }
  }

  function holdRounds(node: FlatNode, i: number): void {
    const rounds = roundsIn(node, all, setting);
    // What enters the first round are inputs of the loop; every round may read what is outside of it.
    for (const id of readsOf(node)) keep(id, back(i));
    rounds.slice(1).forEach(({ carried }) => {
      line.hold(i, back(i), carried);
    });
    const outputs = node.region!.outputs;
    const peaks = rounds.map(({ inside }) => peakIn(node.inner!, outputs, inside, setting).bytes);
    line.hold(back(i), back(i), 2n * peaks.reduce((most, one) => (one > most ? one : most), 0n));
  }

  for (const [id, from] of made) {
    const { op, region } = nodes[from]!;
    if (op === 'constant' || given.has(id)) continue;
    // A loop makes its results when its last round is over.
    line.hold(region ? from + 1 : from, last.get(id)!, size(id));
  }
  for (const [id, from] of gradients) line.hold(from, back(made.get(id)!), size(id));
  nodes.forEach((node, i) => {
    line.hold(i, i, sizeOf(node.region ? inLoop(node, all, setting) : scratchOf(node, all, setting)));
  });
  const [forward, backward] = [line.most(0, count - 1), line.most(count, 2 * count - 1)];
  const phases = { forward: forward.bytes, backward: backward.bytes };
  return backward.bytes > forward.bytes
    ? { bytes: backward.bytes, at: nodes[back(backward.at)]?.of, phase: 'backward', phases }
    : { bytes: forward.bytes, at: nodes[forward.at]?.of, phase: 'forward', phases };
}
