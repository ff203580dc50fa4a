/**
 * `--precision fp16`: weights become float16 while the artifact is written, and most of the arithmetic runs in
 * float16. That halves the bytes to read, and uses the tensor cores of a GPU. The inputs and outputs of the graph
 * keep their types. This is not exact, so it runs only for that precision (docs/decisions/0010-fp16.md).
 *
 * There are two steps. The first step decides the type of each value, beginning with the weights. It follows the
 * field `float16` of the ops' records: ops that multiply give float16, and ops that only move or combine values take
 * the type of their inputs. All other ops stay float32; they rank, count, or sum up probabilities. A loop-carried
 * value is float16 if an iteration computes it in float16, whatever type it has before the loop. The second step
 * builds the graph again. If a value has readers that need the other type, it is cast once, where it is computed.
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
import { isScorer } from './facts.ts';
import type { Pass, PassContext } from './pass.ts';

/** What a float32 value of the old graph becomes. Weights and literals take the type that their readers need. */
type FloatClass = 'half' | 'full' | WeightExpr | Literal;

const isLiteral = (known: FloatClass | undefined): known is Literal =>
  typeof known === 'object' && 'data' in known;
const isWeight = (known: FloatClass | undefined): known is WeightExpr =>
  typeof known === 'object' && 'stream' in known;

type FloatClasses = Map<ValueId, FloatClass>;

/** Whether float16 can represent the number, at least roughly. */
const fits = (x: number): boolean => {
  const size = Math.abs(x);
  return size === 0 || !Number.isFinite(x) || (size >= SMALLEST_HALF && size <= LARGEST_HALF);
};

interface Old {
  readonly graph: Graph;
  readonly ctx: PassContext;
}

const isFloat = ({ graph }: Old, id: ValueId): boolean => graph.types[id]!.dtype === 'f32';

/** The reason why a node stays float32; undefined if it computes in float16. */
function reasonToKeep({ ctx }: Old, node: Node, ins: readonly FloatClass[]): string | undefined {
  const { op, attrs } = node;
  const { float16, attrs: signatures } = ctx.ops[op]!;
  if (typeof float16 === 'object') return float16.keeps;
  if (isScorer(node)) return SCORES.keeps;
  const literals = ins.flatMap((known) => (isLiteral(known) ? known.data : []));
  const elements = Object.keys(signatures).filter((name) => signatures[name]!.element);
  if (![...literals, ...elements.map((name) => attrs[name] as number)].every(fits))
    return 'float16 cannot represent a constant';
  if (float16 !== 'follows' || ins.includes('half')) return undefined;
  return ins.some(isWeight) && !ins.includes('full') ? undefined : 'nothing that it reads is float16';
}

/** Whether a node that computes in float16 has only its first input and its first output in float16. */
const onlyRows = ({ ctx }: Old, { op }: Node): boolean => ctx.ops[op]!.float16 === 'rows';

/** Stores the class of each value that the nodes compute. A loop is classified again until its classes do not change. */
function classify(old: Old, nodes: readonly Node[], classes: FloatClasses): void {
  for (const node of nodes) {
    if (node.region) {
      classifyLoop(old, node, node.region, classes);
      continue;
    }
    const written = writtenOf(old, node, classes);
    const ins = floatsOf(old, node, classes);
    const half = !written && reasonToKeep(old, node, ins) === undefined;
    for (const [i, id] of node.outs.entries()) {
      if (!isFloat(old, id)) continue;
      const own = half && (!onlyRows(old, node) || i === 0);
      classes.set(id, written?.[i] ?? (own ? 'half' : 'full'));
    }
  }
}

/** The outputs of a node, if they are known when the artifact is written. */
function writtenOf(
  { graph, ctx }: Old,
  node: Node,
  classes: FloatClasses,
): readonly FloatClass[] | undefined {
  if (node.op === 'constant') return [node.attrs.value as Literal];
  const ins = node.ins.map((id) => {
    const known = id === null ? null : classes.get(id);
    if (isLiteral(known ?? undefined)) return literalExpr(known as Literal);
    return known === null || isWeight(known) ? known : undefined;
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
  classes: FloatClasses,
): void {
  const carried = params.slice(1);
  const halved = new Set<ValueId>();
  for (let grew = true; grew; ) {
    for (const id of carried) if (isFloat(old, id)) classes.set(id, halved.has(id) ? 'half' : 'full');
    classify(old, nodes, classes);
    const more = carried.filter((id, i) => !halved.has(id) && classes.get(outputs[1 + i]!) === 'half');
    for (const id of more) halved.add(id);
    grew = more.length > 0;
  }
  node.outs.forEach((id, i) => {
    const inside = i < carried.length ? carried[i]! : outputs[1 + i]!;
    if (isFloat(old, id)) classes.set(id, classes.get(inside) === 'half' ? 'half' : 'full');
  });
}

const computesHalves = ({ outs }: Node, classes: FloatClasses): boolean =>
  outs.some((id) => classes.get(id) === 'half');

const floatsOf = (old: Old, node: Node, classes: FloatClasses): readonly FloatClass[] =>
  node.ins.flatMap((id) => (id !== null && isFloat(old, id) ? [classes.get(id)!] : []));

/** Reports to the trace which nodes compute in float16, and why the other nodes do not. */
function report(old: Old, classes: FloatClasses): void {
  const { trace } = old.ctx;
  const rule = 'halve_node';
  for (const node of allNodes(old.graph.nodes)) {
    if (computesHalves(node, classes)) {
      trace?.fired(rule);
      continue;
    }
    const ins = floatsOf(old, node, classes);
    const reason = ins.length > 0 ? reasonToKeep(old, node, ins) : undefined;
    // A miss counts as nearer if a float16 input has to be cast back to float32.
    if (reason !== undefined) trace?.missed(rule, { reason, node, met: Number(ins.includes('half')) });
  }
}

/**
 * A value in both types. If it is not a float, both fields are the same value. The builder drops a field without
 * readers.
 */
interface InBothTypes {
  readonly full: Value;
  readonly half: Value;
}

interface Rebuilding extends Old {
  readonly b: Builder;
  readonly classes: FloatClasses;
  readonly now: Map<ValueId, InBothTypes>;
}

/** Stores the new value of an old one, in both types. A loop that reads it then does not repeat the cast. */
function define({ b, graph, classes, now }: Rebuilding, id: ValueId, value: Value): void {
  if (graph.types[id]!.dtype !== 'f32') return void now.set(id, { full: value, half: value });
  const known = classes.get(id);
  const half = isLiteral(known)
    ? b.add(constant, [], { value: { ...known, dtype: 'f16' } })
    : castTo(b, value, 'f16');
  now.set(id, { full: castTo(b, value, 'f32'), half });
}

function found({ now }: Rebuilding, id: ValueId): InBothTypes {
  const value = now.get(id);
  require(value !== undefined, () => `%${id} is not computed yet`);
  return value;
}

/** The value in the type of its class, or in the type of the class of `like`. */
const inItsType = (run: Rebuilding, id: ValueId, like = id): Value =>
  found(run, id)[run.classes.get(like) === 'half' ? 'half' : 'full'];

const typeAs = ({ graph, classes }: Rebuilding, id: ValueId): TensorType => {
  const t = graph.types[id]!;
  return classes.get(id) === 'half' ? { ...t, dtype: 'f16' } : t;
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
  const { b, ctx, classes } = run;
  const half = computesHalves(node, classes);
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
      return region.outputs.map((id, i) => inItsType(run, id, i === 0 ? id : node.outs[i - 1]!));
    },
  );
  const ins = node.ins.map((id, i) =>
    id === null ? null : inItsType(run, id, i < 2 ? id : carried[i - 2]!),
  );
  return b.node(
    ctx.ops[node.op]!,
    ins,
    node.attrs,
    node.outs.map((id) => typeAs(run, id)),
    body,
  );
}

function halved(graph: Graph, ctx: PassContext): Graph {
  const classes: FloatClasses = new Map();
  const old: Old = { graph, ctx };
  for (const { id } of graph.inputs) if (isFloat(old, id)) classes.set(id, 'full');
  for (const { id, weight } of graph.params) if (isFloat(old, id)) classes.set(id, weightExpr(weight));
  classify(old, graph.nodes, classes);
  report(old, classes);
  if (![...classes.values()].includes('half')) return graph;
  const b = createBuilder(graph.name);
  const run: Rebuilding = { ...old, b, classes, now: new Map() };
  for (const { name, id, weight } of graph.inputs) define(run, id, b.input(name, graph.types[id]!, weight));
  for (const { id, weight } of graph.params) {
    // With this scope, the bytes in the file and the messages about them get the name of the weight.
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
  doc: 'Converts the weights and most of the arithmetic to float16, which halves the bytes and uses the fast kernels of GPUs.',
  run: (graph, ctx) => (ctx.precision === 'fp16' ? halved(graph, ctx) : graph),
};
