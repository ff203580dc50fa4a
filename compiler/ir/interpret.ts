/**
 * The reference interpreter: it evaluates a graph in float64, plainly and slowly. Everything else that computes
 * (ONNX forms, kernels, passes) is tested against it. After every node it compares the shapes of the results with
 * the stated types, so each run also tests shape inference.
 *
 * It evaluates primitives by their `ref`, composites through their bodies, and loops one iteration after another. It
 * counts every operation on numbers, and reports the cost of each node of the graph to `watch`.
 */

import { type Arithmetic, counting } from './arithmetic.ts';
import { type PerBody, perBody } from './bodies.ts';
import { type Bindings, type Dim, dimText, evaluate, symbolIn } from './dim.ts';
import { IS_ELEMENT } from './dtype.ts';
import {
  type Attrs,
  type AttrValue,
  type Graph,
  type Node,
  type Region,
  type TensorType,
  type,
  typeText,
  type ValueId,
} from './graph.ts';
import { IrError, isComposite, type Op, require, type Tensor } from './op.ts';
import { sizeOf, tensor } from './tensors.ts';
import { nodeText } from './text.ts';
import type { WeightSpec } from './weights.ts';
import type { Counts } from './work.ts';

export type Weights = (spec: WeightSpec) => Tensor;

/** Called each time after a node of the graph is computed, with the cost of the node and all lengths that are known. */
export type Watch = (node: Node, counts: Counts, lengths: Bindings) => void;

/** The state of the evaluation of one graph, or of one iteration of a loop's region. */
interface Frame {
  readonly values: Map<ValueId, Tensor>;
  /** The symbols whose values are known. */
  readonly lengths: Map<string, number>;
  readonly types: Graph['types'];
  readonly run: Run;
}

interface Run {
  readonly ops: Readonly<Record<string, Op>>;
  readonly weights: Weights;
  /** If this graph is the body of an op, the attributes of that op. `@k` and `ref(k)` refer to them. */
  readonly owner: Attrs;
  /** The bodies of composites by op, types and attributes. A loop needs the same bodies in every iteration. */
  readonly bodies: PerBody<Graph>;
  readonly counts: Counts;
  readonly math: Arithmetic;
  readonly watch?: Watch;
}

/**
 * Evaluates a graph and returns its outputs by name. If the graph is the body of an op, `owner` contains the values of
 * the attributes to which the graph refers. If a rule is broken, this throws an IrError that names the node.
 */
export function interpret(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  weights: Weights,
  ops: Readonly<Record<string, Op>>,
  owner: Attrs = {},
  watch?: Watch,
): Record<string, Tensor> {
  const given = graph.inputs.map(({ name, weight }) => {
    if (weight && !Object.hasOwn(inputs, name)) return weights(weight);
    require(Object.hasOwn(inputs, name), () => `${graph.name} needs the input '${name}', which is missing`);
    return inputs[name]!;
  });
  const counts = { macs: 0, multiplies: 0, adds: 0, exps: 0 };
  const run: Run = { ops, weights, owner, bodies: perBody((body) => body), counts, math: counting(counts) };
  const results = evaluateGraph(graph, given, watch ? { ...run, watch } : run);
  return Object.fromEntries(graph.outputs.map(({ name }, i) => [name, results[i]!]));
}

function evaluateGraph(graph: Graph, given: readonly Tensor[], run: Run): readonly Tensor[] {
  const frame: Frame = { values: new Map(), lengths: new Map(), types: graph.types, run };
  for (const [name, value] of Object.entries(run.owner)) {
    if (typeof value === 'number') frame.lengths.set(`@${name}`, value);
  }
  const ids = graph.inputs.map((port) => port.id);
  inside(`inputs of ${graph.name}`, () => define(frame, ids, given));
  for (const { id, weight } of graph.params) {
    inside(`weight ${weight.name}`, () => define(frame, [id], [run.weights(weight)]));
  }
  for (const node of graph.nodes) evaluateNode(frame, node);
  return graph.outputs.map((port) => read(frame, port.id));
}

/** Adds the position in the graph to the message of an error, innermost position first. */
function inside(what: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    throw new IrError(`${error instanceof Error ? error.message : error}\n  in ${what}`);
  }
}

function read(frame: Frame, id: ValueId): Tensor {
  const value = frame.values.get(id);
  require(value !== undefined, () => `%${id} is read before it is defined`);
  return value;
}

function evaluateNode(frame: Frame, node: Node): void {
  inside(`${node.scope || 'node'}: ${nodeText(node, frame.types)}`, () => {
    const ins = node.ins.map((id) => (id === null ? null : read(frame, id)));
    const { watch, counts } = frame.run;
    const before = { ...counts };
    define(frame, node.outs, node.region ? walkLoop(frame, node.region, ins) : apply(frame, node, ins));
    if (watch && !node.region) watch(node, since(before, counts), frame.lengths);
  });
}

const since = (before: Counts, now: Counts): Counts => ({
  macs: now.macs - before.macs,
  multiplies: now.multiplies - before.multiplies,
  adds: now.adds - before.adds,
  exps: now.exps - before.exps,
});

/** Enters computed tensors into the frame: binds the symbols that are new, then checks every dim. */
function define(frame: Frame, ids: readonly ValueId[], tensors: readonly Tensor[]): void {
  require(ids.length === tensors.length, () => `there are ${tensors.length} values for ${ids.length} names`);
  const types = ids.map((id) => frame.types[id]);
  ids.forEach((id, i) => {
    const [t, value] = [types[i], tensors[i]!];
    require(t !== undefined, () => `%${id} has no type`);
    requireSound(value, t);
    t.shape.forEach((d, axis) => {
      bind(frame, d, value.shape[axis]!);
    });
  });
  ids.forEach((id, i) => {
    const [t, value] = [types[i]!, tensors[i]!];
    const fits = t.shape.every((d, axis) => evaluate(d, frame.lengths) === value.shape[axis]);
    require(fits, () =>
      `%${id} is declared as ${typeText(t)}${known(frame, t)}, but its value is ${shown(value)}`);
    frame.values.set(id, value);
  });
}

function bind(frame: Frame, d: Dim, length: number): void {
  const found = symbolIn(d);
  if (!found || frame.lengths.has(found.symbol) || length % found.factor !== 0) return;
  frame.lengths.set(found.symbol, length / found.factor);
}

const shown = (t: Tensor): string => typeText(type(t.dtype, ...t.shape));

const known = (frame: Frame, t: TensorType): string => {
  const dims = t.shape.filter((d) => typeof d !== 'number');
  const facts = dims.map((d) => `${dimText(d)} = ${evaluate(d, frame.lengths) ?? 'unknown'}`);
  return facts.length > 0 ? ` (${facts.join('; ')})` : '';
};

function requireSound(value: Tensor, t: TensorType): void {
  const fits = value.dtype === t.dtype && value.shape.length === t.shape.length;
  require(fits, () => `the declared type is ${typeText(t)}, but the value is ${shown(value)}`);
  const size = sizeOf(value.shape);
  require(value.data.length === size, () =>
    `a value of type ${shown(value)} has ${value.data.length} elements, but it must have ${size}`);
  const wrong = value.data.find((x) => !IS_ELEMENT[t.dtype](x));
  require(wrong === undefined, () => `${wrong} is not an element of ${t.dtype}`);
}

function apply(frame: Frame, node: Node, ins: readonly (Tensor | null)[]): readonly Tensor[] {
  const { run } = frame;
  const op = run.ops[node.op];
  require(op !== undefined, () => `there is no op ${node.op}`);
  const length = (d: Dim): number => {
    const value = evaluate(d, frame.lengths);
    require(value !== undefined, () => `${dimText(d)} has no value here`);
    return value;
  };
  const attrs = resolveAttrs(op, node.attrs, run.owner, length);
  if (!isComposite(op)) {
    // `attribute` is the only primitive that reads the attributes of the enclosing op.
    if (op.name === 'attribute') return [tensor('f32', [], [run.owner[attrs.of as string] as number])];
    require(op.ref !== undefined, () => `${op.name} has no reference value`);
    return op.ref(ins, attrs, length, run.math);
  }
  const types = ins.map((t) => t && type(t.dtype, ...t.shape));
  const body = run.bodies(op, types, attrs);
  const given = ins.filter((t) => t !== null);
  const { watch: _, ...inner } = run;
  return evaluateGraph(body, given, { ...inner, owner: attrs });
}

/** Replaces every reference and every symbol in attributes by its value. */
function resolveAttrs(op: Op, attrs: Attrs, owner: Attrs, length: (d: Dim) => number): Attrs {
  const resolve = ([name, value]: readonly [string, AttrValue]): readonly [string, AttrValue] => {
    const kind = op.attrs[name]?.kind;
    if (typeof value === 'object' && 'ref' in value) {
      require(Object.hasOwn(owner, value.ref), () => `the attribute '${value.ref}' has no value here`);
      return [name, owner[value.ref]!];
    }
    if (kind === 'dims') return [name, (value as readonly Dim[]).map(length)];
    return [name, kind === 'dim' || kind === 'int' ? length(value as Dim) : value];
  };
  return Object.fromEntries(Object.entries(attrs).map(resolve));
}

/** Runs a loop as ONNX Loop does: inputs [count, start, …state], region [iteration, …state] → [again, …state, …scans]. */
function walkLoop(frame: Frame, region: Region, ins: readonly (Tensor | null)[]): readonly Tensor[] {
  const [count, start, ...init] = ins;
  let state = init.map((t) => t!);
  const scans: (readonly Tensor[])[] = [];
  let again = start ? start.data[0] === 1 : true;
  for (let iteration = 0; again && iteration < count!.data[0]!; iteration++) {
    const inner = enter(frame, region, [tensor('i64', [], [iteration]), ...state]);
    for (const child of region.nodes) evaluateNode(inner, child);
    const [more, ...results] = region.outputs.map((id) => read(inner, id));
    again = more!.data[0] === 1;
    state = results.slice(0, state.length);
    scans.push(results.slice(state.length));
  }
  const scanned = region.outputs.slice(1 + state.length);
  if (scans.length > 0) return [...state, ...scanned.map((_, i) => stack(scans.map((all) => all[i]!)))];
  if (scanned.length === 0) return state;
  const inner = enter(frame, region, [tensor('i64', [], [0]), ...state]);
  return [...state, ...scanned.map((id) => emptyScan(inner, id))];
}

/** Makes the frame of one iteration. Symbols of the region's parameters exist only in this frame. */
function enter(frame: Frame, region: Region, given: readonly Tensor[]): Frame {
  const inner = { ...frame, values: new Map(frame.values), lengths: new Map(frame.lengths) };
  inside("parameters of the loop's region", () => define(inner, region.params, given));
  return inner;
}

/** Stacks the values of a scan from all iterations into one tensor. */
function stack(scans: readonly Tensor[]): Tensor {
  const [first] = scans as readonly [Tensor, ...Tensor[]];
  for (const t of scans) {
    require(shown(t) === shown(first), () =>
      `a scan is ${shown(first)} in one iteration, but ${shown(t)} in another`);
  }
  return tensor(
    first.dtype,
    [scans.length, ...first.shape],
    scans.flatMap((t) => [...t.data]),
  );
}

/** The scan of a loop without iterations. A length is 0 if only an iteration would determine it, as in ONNX. */
function emptyScan(inner: Frame, id: ValueId): Tensor {
  const t = inner.types[id]!;
  return tensor(t.dtype, [0, ...t.shape.map((d) => evaluate(d, inner.lengths) ?? 0)], []);
}
