/**
 * `--precision fp16`: weights become float16 while the artifact is written, and the bulk of the arithmetic runs
 * in it: half the bytes to read, and the tensor cores of a GPU. Inputs and outputs of the graph keep their
 * types. Not exact, so only for that precision (docs/decisions/0010-fp16.md).
 *
 * Two steps. First what each value is, from the weights on: ops that multiply give halves, ops that only move or
 * combine values follow what they get, and all others stay float32: whatever ranks, sums up probabilities or
 * counts. Values that a loop carries are halves where a round makes them so, whatever they were before. Then the
 * graph is built again, each value cast where it is made, once, if anything reads it in the other type.
 */

import { type Builder, createBuilder, type Value } from '../compiler/ir/build.ts';
import { LARGEST_HALF, SMALLEST_HALF } from '../compiler/ir/dtype.ts';
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

/** Compute in float16 whatever they are given; of some only the rows (the first input and output) are halves. */
const HALVES: Readonly<Record<string, 'all' | 'rows'>> = {
  ...{ linear: 'all', matmul: 'all' },
  ...{ attention: 'all', cached_attention: 'all', block_attention: 'all' },
  // Mean and variance are float32 inside: ONNX's `stash_type`, whose default is 1 (`lowering.ts`, on CUDA).
  ...{ layer_norm: 'all', norm_of_sum: 'all', residual_norm: 'all' },
  ...{ soft_topk: 'rows', hard_topk: 'rows', weighted_rows: 'rows' },
};

/** Follow what they are given: halves where any input is one. */
const FOLLOW: ReadonlySet<string> = new Set([
  ...['reshape', 'transpose', 'unsqueeze', 'squeeze', 'reverse', 'expand'],
  ...['concat', 'slice', 'pad', 'gather', 'gather_rows', 'gather_elements', 'where'],
  ...['add', 'sub', 'mul', 'neg', 'relu', 'gelu', 'tanh', 'minimum', 'maximum'],
]);

/** What stays float32, and why. */
const SCORES = 'scores decide which rows are kept, by 20^v: the smallest error is another row';
const PROBABILITIES = 'sums of log-probabilities decide which text is best';
const SUMS = 'sums of many numbers lose the small ones';
const STEEP = 'it leaves the range of float16, or its precision, soon';
const NONE = 'it computes no floats, or none of a model in float16';
export const KEPT: Readonly<Record<string, string>> = {
  ...{ sigmoid: SCORES, top_k: SCORES, argmax: SCORES, is_nan: SCORES },
  ...{ equal: SCORES, less: SCORES, greater: SCORES },
  ...{ log_softmax: PROBABILITIES, softmax: PROBABILITIES, scatter_add: PROBABILITIES },
  ...{ reduce_sum: SUMS, reduce_mean: SUMS, reduce_max: SUMS, cumsum: SUMS },
  ...{ exp: STEEP, log: STEEP, pow: STEEP, div: STEEP, sqrt: STEEP },
  ...{ and: NONE, or: NONE, not: NONE, mod: NONE, int_div: NONE, nonzero: NONE },
  ...{ constant: NONE, attribute: NONE, dim_value: NONE, iota: NONE, sinusoid_table: NONE, cast: NONE },
  ...{ quantize_channels: NONE, quantize_blocks: NONE, quantize_dynamic: NONE },
  ...{ matmul_integer: NONE, linear_dynamic: NONE, linear_blockwise: NONE, loop: NONE },
};

/** By its name, for the test that no op was forgotten. */
export const isPlaced = (op: string): boolean => op in HALVES || FOLLOW.has(op) || Object.hasOwn(KEPT, op);

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
function reasonToKeep({ graph }: Old, node: Node, ins: readonly Kind[]): string | undefined {
  const { op, attrs } = node;
  const halves = Object.hasOwn(HALVES, op);
  if (!halves && !FOLLOW.has(op)) return KEPT[op] ?? 'nothing is known of the op';
  if (op === 'linear' && graph.types[node.ins[1]!]!.shape[0] === 1) return SCORES;
  const numbers = ins.flatMap((kind) => (isLiteral(kind) ? kind.data : []));
  if (![...numbers, ...(op === 'pad' ? [attrs.value as number] : [])].every(fits))
    return 'a constant is none of float16';
  if (halves || ins.includes('half')) return undefined;
  return ins.some(isWeight) && !ins.includes('full') ? undefined : 'nothing that it reads is float16';
}

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
      const own = half && (HALVES[node.op] !== 'rows' || i === 0);
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
    return found(run, id)[half && (HALVES[node.op] !== 'rows' || i === 0) ? 'half' : 'full'];
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
  for (const { name, id } of graph.inputs) define(run, id, b.input(name, graph.types[id]!));
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
