/**
 * `--precision fp16`: weights become float16 while the artifact is written, and the bulk of the arithmetic runs
 * in it: half the bytes to read, and the tensor cores of a GPU. Inputs and outputs of the graph keep their
 * types. Not exact, so only for that precision (docs/decisions/0010-fp16.md).
 *
 * Two steps. First what each value is, from the weights on, as the ops' records say (`float16`): ops that multiply
 * give halves, ops that only move or combine values follow what they get, and all others stay float32: whatever
 * ranks, sums up probabilities or counts. Values that a loop carries are halves where a round makes them so, whatever they were before. Then the
 * graph is built again, each value cast where it is made, once, if anything reads it in the other type.
 */

import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import { LARGEST_HALF, SMALLEST_HALF } from '../compiler/ir/dtype.ts';
import { SCORES } from '../compiler/ir/float16.ts';
import {
  allNodes,
  type Graph,
  type Literal,
  type Node,
  type TensorType,
  type ValueId,
} from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { NOWHERE } from '../compiler/ir/place.ts';
import { exprsOf, literalExpr, type WeightExpr, weightExpr } from '../compiler/ir/weight_expr.ts';
import { castTo } from '../compiler/ops/cast.ts';
import { constant } from '../compiler/ops/constants.ts';
import type { Pass, PassContext } from './pass.ts';
import { isScorer } from './scorers.ts';

/** What a float32 value of the old graph is. Weights and literals are what their readers want. */
type Kind = 'half' | 'full' | WeightExpr | Literal;

const isLiteral = (kind: Kind | undefined): kind is Literal => typeof kind === 'object' && 'data' in kind;
const isWeight = (kind: Kind | undefined): kind is WeightExpr => typeof kind === 'object' && 'stream' in kind;

type Kinds = Map<ValueId, Kind>;

/** Whether float16 has the number, if roughly. */
const fits = (x: number): boolean => {
  const size = Math.abs(x);
  return size === 0 || !Number.isFinite(x) || (size >= SMALLEST_HALF && size <= LARGEST_HALF);
};

interface Old {
  readonly graph: Graph;
  readonly ctx: PassContext;
}

const isFloat = ({ graph }: Old, id: ValueId): boolean => graph.types[id]!.dtype === 'f32';

/** Why a node stays float32; undefined where it is to compute halves. */
function reasonToKeep({ ctx }: Old, node: Node, ins: readonly Kind[]): string | undefined {
  const { op, attrs } = node;
  const { float16, attrs: signatures } = ctx.ops[op]!;
  if (typeof float16 === 'object') return float16.keeps;
  if (isScorer(node)) return SCORES.keeps;
  const literals = ins.flatMap((kind) => (isLiteral(kind) ? kind.data : []));
  const elements = Object.keys(signatures).filter((name) => signatures[name]!.element);
  if (![...literals, ...elements.map((name) => attrs[name] as number)].every(fits))
    return 'a constant is none of float16';
  if (float16 !== 'follows' || ins.includes('half')) return undefined;
  return ins.some(isWeight) && !ins.includes('full') ? undefined : 'nothing that it reads is float16';
}

/** Whether only the first input and the first output of a node that computes halves are halves. */
const onlyRows = ({ ctx }: Old, { op }: Node): boolean => ctx.ops[op]!.float16 === 'rows';

/** Notes what each value of some nodes is, given those before; of loops until it is the same in every round. */
function classify(old: Old, nodes: readonly Node[], kinds: Kinds): void {
  for (const node of nodes) {
    if (node.region) {
      classifyLoop(old, node, node.region, kinds);
      continue;
    }
    const written = writtenOf(old, node, kinds);
    const ins = floatsOf(old, node, kinds);
    const half = !written && reasonToKeep(old, node, ins) === undefined;
    for (const [i, id] of node.outs.entries()) {
      if (!isFloat(old, id)) continue;
      const own = half && (!onlyRows(old, node) || i === 0);
      kinds.set(id, written?.[i] ?? (own ? 'half' : 'full'));
    }
  }
}

/** Outputs that are known when the artifact is written. */
function writtenOf({ graph, ctx }: Old, node: Node, kinds: Kinds): readonly Kind[] | undefined {
  if (node.op === 'constant') return [node.attrs.value as Literal];
  const ins = node.ins.map((id) => {
    const kind = id === null ? null : kinds.get(id);
    if (isLiteral(kind ?? undefined)) return literalExpr(kind as Literal);
    return kind === null || isWeight(kind) ? kind : undefined;
  });
  return exprsOf(
    ctx.ops[node.op]!,
    node,
    ins,
    node.outs.map((id) => graph.types[id]!),
  );
}

function classifyLoop(
  old: Old,
  node: Node,
  { params, nodes, outputs }: NonNullable<Node['region']>,
  kinds: Kinds,
): void {
  const carried = params.slice(1);
  const halved = new Set<ValueId>();
  for (let grew = true; grew; ) {
    for (const id of carried) if (isFloat(old, id)) kinds.set(id, halved.has(id) ? 'half' : 'full');
    classify(old, nodes, kinds);
    const more = carried.filter((id, i) => !halved.has(id) && kinds.get(outputs[1 + i]!) === 'half');
    for (const id of more) halved.add(id);
    grew = more.length > 0;
  }
  node.outs.forEach((id, i) => {
    const inside = i < carried.length ? carried[i]! : outputs[1 + i]!;
    if (isFloat(old, id)) kinds.set(id, kinds.get(inside) === 'half' ? 'half' : 'full');
  });
}

const computesHalves = ({ outs }: Node, kinds: Kinds): boolean => outs.some((id) => kinds.get(id) === 'half');

const floatsOf = (old: Old, node: Node, kinds: Kinds): readonly Kind[] =>
  node.ins.flatMap((id) => (id !== null && isFloat(old, id) ? [kinds.get(id)!] : []));

/** Tells the trace of each node, once it is known what becomes of it. */
function report(old: Old, kinds: Kinds): void {
  const { trace } = old.ctx;
  const rule = 'halve_node';
  for (const node of allNodes(old.graph.nodes)) {
    if (computesHalves(node, kinds)) {
      trace?.fired(rule);
      continue;
    }
    const ins = floatsOf(old, node, kinds);
    const reason = ins.length > 0 ? reasonToKeep(old, node, ins) : undefined;
    // The nearest miss is one that halves have to be cast back for.
    if (reason !== undefined) trace?.missed(rule, { reason, node, met: Number(ins.includes('half')) });
  }
}

/** A value in both types; equal where it is no float. What nobody reads is gone when the graph is done. */
interface Both {
  readonly full: Value;
  readonly half: Value;
}

interface Rebuilding extends Old {
  readonly b: Builder;
  readonly kinds: Kinds;
  readonly now: Map<ValueId, Both>;
}

/** Notes what a value has become, and casts it where it stands: not again in every round of a loop that reads it. */
function define({ b, graph, kinds, now }: Rebuilding, id: ValueId, value: Value): void {
  if (graph.types[id]!.dtype !== 'f32') return void now.set(id, { full: value, half: value });
  const kind = kinds.get(id);
  const half = isLiteral(kind)
    ? b.add(constant, [], { value: { ...kind, dtype: 'f16' } })
    : castTo(b, value, 'f16');
  now.set(id, { full: castTo(b, value, 'f32'), half });
}

function found({ now }: Rebuilding, id: ValueId): Both {
  const value = now.get(id);
  require(value !== undefined, () => `%${id} is not computed yet`);
  return value;
}

/** The value as its kind says. */
const asKind = (run: Rebuilding, id: ValueId, like = id): Value =>
  found(run, id)[run.kinds.get(like) === 'half' ? 'half' : 'full'];

const typeAs = ({ graph, kinds }: Rebuilding, id: ValueId): TensorType => {
  const t = graph.types[id]!;
  return kinds.get(id) === 'half' ? { ...t, dtype: 'f16' } : t;
};

function rebuildNodes(run: Rebuilding, nodes: readonly Node[]): void {
  for (const node of nodes) {
    run.b.at(node, () => {
      const values = node.region ? rebuildLoop(run, node, node.region) : rebuildNode(run, node);
      node.outs.forEach((id, i) => {
        define(run, id, values[i]!);
      });
    });
  }
}

function rebuildNode(run: Rebuilding, node: Node): readonly Value[] {
  const { b, ctx, kinds } = run;
  const half = computesHalves(node, kinds);
  const ins = node.ins.map((id, i) => {
    if (id === null) return null;
    return found(run, id)[half && (!onlyRows(run, node) || i === 0) ? 'half' : 'full'];
  });
  return b.node(
    ctx.ops[node.op]!,
    ins,
    node.attrs,
    node.outs.map((id) => typeAs(run, id)),
  );
}

function rebuildLoop(run: Rebuilding, node: Node, region: NonNullable<Node['region']>): readonly Value[] {
  const { b, ctx } = run;
  const carried = region.params.slice(1);
  const body = b.region(
    region.params.map((id) => typeAs(run, id)),
    (params) => {
      region.params.forEach((id, i) => {
        define(run, id, params[i]!);
      });
      rebuildNodes(run, region.nodes);
      return region.outputs.map((id, i) => asKind(run, id, i === 0 ? id : node.outs[i - 1]!));
    },
  );
  const ins = node.ins.map((id, i) => (id === null ? null : asKind(run, id, i < 2 ? id : carried[i - 2]!)));
  return b.node(
    ctx.ops[node.op]!,
    ins,
    node.attrs,
    node.outs.map((id) => typeAs(run, id)),
    body,
  );
}

function halved(graph: Graph, ctx: PassContext): Graph {
  const kinds: Kinds = new Map();
  const old: Old = { graph, ctx };
  for (const { id } of graph.inputs) if (isFloat(old, id)) kinds.set(id, 'full');
  for (const { id, weight } of graph.params) if (isFloat(old, id)) kinds.set(id, weightExpr(weight));
  classify(old, graph.nodes, kinds);
  report(old, kinds);
  if (![...kinds.values()].includes('half')) return graph;
  const b = createBuilder(graph.name);
  const run: Rebuilding = { ...old, b, kinds, now: new Map() };
  for (const { name, id, weight } of graph.inputs) define(run, id, b.input(name, graph.types[id]!, weight));
  for (const { id, weight } of graph.params) {
    // Named by its weight: so are the bytes in the file, and what is said of them.
    const { side, layer } = weight;
    const origin = { scope: weight.name, place: { ...NOWHERE, side, layer }, from: [] };
    b.at(origin, () => define(run, id, b.param(weight, graph.types[id]!)));
  }
  rebuildNodes(run, graph.nodes);
  for (const { name, id } of graph.outputs) b.output(name, found(run, id).full);
  return b.done();
}

export const halveFloats: Pass = {
  name: 'halve_floats',
  doc: 'Weights in float16, and the bulk of the arithmetic: half the bytes, and the fast kernels of GPUs.',
  run: (graph, ctx) => (ctx.precision === 'fp16' ? halved(graph, ctx) : graph),
};
