/**
 * Writes the nodes of one IR graph, region or op body as ONNX nodes. What differs between a model, a
 * loop's body and a function (where constants live, where symbols come from) is in `Frame`.
 */

import { bodyOf, keyOf } from '../ir/build.ts';
import { type Dim, dimText, symbolIn, symbolsOf } from '../ir/dim.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../ir/graph.ts';
import { type Composite, IrError, isComposite, type Op, require } from '../ir/op.ts';
import { DIM_FORMS, type SymbolHome } from './dims.ts';
import { DOMAIN, type NodeProto, type ValueInfo } from './proto.ts';
import type { OnnxAttr, OnnxScope } from './scope.ts';
import { attributeProto, valueInfo } from './tensors.ts';
import { type WeightExpr, weightExprOf } from './weights.ts';

/** A constant that is too large to hold: its bytes are produced when the artifact is written. */
export interface Bulk {
  readonly name: string;
  readonly shape: readonly number[];
  readonly content: WeightExpr;
}

/** What the whole model shares while it is written. */
export interface ModelWriter {
  readonly ops: Readonly<Record<string, Op>>;
  /** Expand functions in place, for runtimes without them. */
  readonly inline: boolean;
  fresh(hint: string): string;
  /** By the name of the initializer that will hold it. */
  readonly bulk: Map<string, Bulk>;
  /** The overload of the function that holds this node's body; '' for the first of its name. */
  functionFor(op: Composite, node: Node, types: readonly (TensorType | null)[]): string;
}

/** One list of nodes being written: the model's, a loop body's, or a function's. */
export interface Frame {
  readonly parent?: Frame;
  readonly nodes: NodeProto[];
  readonly infos: ValueInfo[];
  readonly names: Map<ValueId, string>;
  readonly symbols: Map<string, SymbolHome>;
  readonly dims: Map<string, string>;
  /** Constants of the outermost frame: initializers of a model, Constant nodes of a function. */
  readonly constants: Map<string, string>;
  readonly constant: (name: string, value: Literal) => void;
}

export const rootFrame = (constant: (frame: Frame) => (name: string, value: Literal) => void): Frame => {
  const frame = {
    nodes: [] as NodeProto[],
    infos: [] as ValueInfo[],
    names: new Map<ValueId, string>(),
    symbols: new Map<string, SymbolHome>(),
    dims: new Map<string, string>(),
    constants: new Map<string, string>(),
  };
  const whole: Frame = { ...frame, constant: (name, value) => constant(whole)(name, value) };
  return whole;
};

const innerFrame = (parent: Frame): Frame => ({
  parent,
  nodes: [],
  infos: [],
  names: new Map(),
  symbols: new Map(),
  dims: new Map(),
  constants: parent.constants,
  constant: parent.constant,
});

/** The value's name, looked up outwards. */
export function nameOf(frame: Frame, id: ValueId): string {
  for (let f: Frame | undefined = frame; f; f = f.parent) {
    const name = f.names.get(id);
    if (name !== undefined) return name;
  }
  throw new IrError(`%${id} is read before it is written`);
}

/** Notes the symbols that a value's shape names, so that dims can be computed from it. */
export function bindSymbols(frame: Frame, name: string, t: TensorType): void {
  t.shape.forEach((d, axis) => {
    const found = symbolIn(d);
    if (!found || found.symbol.startsWith('@')) return;
    for (let f: Frame | undefined = frame; f; f = f.parent) if (f.symbols.has(found.symbol)) return;
    frame.symbols.set(found.symbol, { value: name, axis, factor: found.factor });
  });
}

function homeOf(frame: Frame, symbol: string): Frame {
  if (symbol.startsWith('@')) return frame.parent ? homeOf(frame.parent, symbol) : frame;
  for (let f: Frame | undefined = frame; f; f = f.parent) if (f.symbols.has(symbol)) return f;
  throw new IrError(`nothing at hand has a dimension '${symbol}'`);
}

const depth = (frame: Frame): number => (frame.parent ? 1 + depth(frame.parent) : 0);

/** The innermost frame that a dim's symbols need: what is constant in a loop is computed outside. */
const frameFor = (frame: Frame, d: Dim): Frame =>
  symbolsOf(d)
    .map((s) => homeOf(frame, s))
    .reduce((deepest, f) => (depth(f) > depth(deepest) ? f : deepest), rootOf(frame));

const rootOf = (frame: Frame): Frame => (frame.parent ? rootOf(frame.parent) : frame);

function constantName(frame: Frame, writer: ModelWriter, value: Literal): string {
  const key = keyOf(value);
  const known = frame.constants.get(key);
  if (known !== undefined) return known;
  const name = writer.fresh('constant');
  frame.constants.set(key, name);
  frame.constant(name, value);
  return name;
}

export function createScope(frame: Frame, graph: Graph, writer: ModelWriter, prefix: string): OnnxScope {
  const scope: OnnxScope = {
    node(opType, ins, outs, attrs = {}, domain = '') {
      const attribute = Object.entries(attrs).map(([name, value]: [string, OnnxAttr]) =>
        attributeProto(name, value),
      );
      const name = writer.fresh(prefix ? `${prefix}/${opType}` : opType);
      frame.nodes.push({
        name,
        opType,
        input: [...ins],
        output: [...outs],
        attribute,
        ...(domain && { domain }),
      });
    },
    fresh: (hint) => writer.fresh(prefix ? `${prefix}/${hint}` : hint),
    typeOf: (id) => graph.types[id]!,
    literal: (value) => constantName(frame, writer, value),
    i64: (...values) => constantName(frame, writer, { dtype: 'i64', shape: [values.length], data: values }),
    dim(d) {
      if (typeof d === 'number') return scope.i64(d);
      const home = frameFor(frame, d);
      const key = dimText(d);
      const known = home.dims.get(key);
      if (known !== undefined) return known;
      const name = writer.fresh('dim');
      writeDim(home === frame ? scope : createScope(home, graph, writer, ''), home, d, name);
      home.dims.set(key, name);
      return name;
    },
    dims(list) {
      if (list.every((d) => typeof d === 'number')) return scope.i64(...(list as number[]));
      const name = scope.fresh('shape');
      scope.node('Concat', list.map(scope.dim), [name], { axis: 0 });
      return name;
    },
    table(name, shape, row) {
      writer.bulk.set(name, { name, shape, content: { kind: 'table', rows: shape[0], row } });
      return name;
    },
  };
  return scope;
}

function writeDim(scope: OnnxScope, home: Frame, d: Exclude<Dim, number>, out: string): void {
  if (typeof d === 'object') return DIM_FORMS[d.op](scope, d.args.map(scope.dim), out);
  if (d.startsWith('@')) {
    const value = scope.fresh('attribute');
    scope.node('Constant', [], [value], { value_int: { ref: d.slice(1) } });
    return scope.node('Unsqueeze', [value, scope.i64(0)], [out]);
  }
  const { value, axis, factor } = home.symbols.get(d)!;
  const size = factor === 1 ? out : scope.fresh('size');
  scope.node('Shape', [value], [size], { start: axis, end: axis + 1 });
  if (factor !== 1) scope.node('Div', [size, scope.i64(factor)], [out]);
}

/** Attributes as the artifact shows them: what the op computes, without how. */
export const visibleAttrs = (op: Op, node: Node): Record<string, OnnxAttr> =>
  Object.fromEntries(
    Object.entries(op.attrs)
      .filter(([, signature]) => !signature.hint)
      .map(([name, { kind }]) => {
        const value = node.attrs[name]!;
        if (typeof value === 'string' && value.startsWith('@')) return [name, { ref: value.slice(1) }];
        if (kind === 'float') return [name, { float: value as number }];
        return [name, typeof value === 'boolean' ? Number(value) : (value as OnnxAttr)];
      }),
  );

/** Writes every node of a list into the frame. `labels` gives outputs of the graph their own names. */
export function writeNodes(
  nodes: readonly Node[],
  frame: Frame,
  graph: Graph,
  writer: ModelWriter,
  labels: ReadonlyMap<ValueId, string>,
): void {
  for (const node of nodes) {
    const op = writer.ops[node.op];
    require(op !== undefined, () => `unknown op '${node.op}'`);
    const scope = createScope(frame, graph, writer, node.scope);
    if (node.op === 'constant') {
      frame.names.set(node.outs[0]!, scope.literal(node.attrs.value as Literal));
      continue;
    }
    const ins = node.ins.map((id) => (id === null ? '' : nameOf(frame, id)));
    const content = weightExprOf(
      node,
      ins.map((name) => writer.bulk.get(name)?.content),
    );
    if (content) {
      const id = node.outs[0]!;
      const name = scope.fresh('weight');
      writer.bulk.set(name, { name, shape: graph.types[id]!.shape as readonly number[], content });
      frame.names.set(id, name);
      continue;
    }
    for (const id of node.outs) {
      const name = labels.get(id) ?? scope.fresh(op.outs.length === 1 ? node.op : 'value');
      frame.names.set(id, name);
    }
    const outs = node.outs.map((id) => frame.names.get(id)!);
    writeNode(node, op, scope, frame, graph, writer, ins, outs);
    node.outs.forEach((id, i) => {
      bindSymbols(frame, outs[i]!, graph.types[id]!);
      if (!labels.has(id)) frame.infos.push(valueInfo(outs[i]!, graph.types[id]!));
    });
  }
}

function writeNode(
  node: Node,
  op: Op,
  scope: OnnxScope,
  frame: Frame,
  graph: Graph,
  writer: ModelWriter,
  ins: readonly string[],
  outs: readonly string[],
): void {
  if (node.region) return writeLoop(node, scope, frame, graph, writer, ins, outs);
  if (!isComposite(op)) {
    if (typeof op.onnx === 'string') return scope.node(op.onnx, ins, outs);
    return op.onnx(scope, ins, outs, node);
  }
  const types = node.ins.map((id) => (id === null ? null : graph.types[id]!));
  if (op.onnxFunction && !writer.inline) {
    const overload = writer.functionFor(op, node, types);
    scope.node(op.onnxFunction, ins, outs, visibleAttrs(op, node), DOMAIN);
    if (overload) frame.nodes.at(-1)!.overload = overload;
    return;
  }
  const kernel = op.onnxFunction ? undefined : op.kernels?.[node.attrs.kernel as string];
  if (kernel) return kernel(scope, ins, outs, node);
  writeBody(node, op, types, frame, writer, ins, outs);
}

/** A composite in place: its body's nodes, its inputs and outputs renamed. */
function writeBody(
  node: Node,
  op: Op,
  types: readonly (TensorType | null)[],
  frame: Frame,
  writer: ModelWriter,
  ins: readonly string[],
  outs: readonly string[],
): void {
  const { graph: body } = bodyOf(op, types, node.attrs);
  const scoped = (nodes: readonly Node[]): readonly Node[] =>
    nodes.map((n) => ({ ...n, scope: [node.scope, n.scope].filter(Boolean).join('.') }));
  const inner: Frame = { ...frame, names: new Map() };
  const given = ins.filter((name) => name !== '');
  body.inputs.forEach((port, i) => void inner.names.set(port.id, given[i]!));
  const labels = new Map(body.outputs.map((port, i) => [port.id, outs[i]!]));
  writeNodes(scoped(body.nodes), inner, body, writer, labels);
  closeOutputs(
    body.outputs.map((port, i) => ({ id: port.id, name: outs[i]! })),
    inner,
    writer,
  );
}

/** Gives each output its name where the value that it is already has another. */
export function closeOutputs(
  outputs: readonly { readonly id: ValueId; readonly name: string }[],
  frame: Frame,
  writer: ModelWriter,
): void {
  for (const { id, name } of outputs) {
    const have = nameOf(frame, id);
    if (have === name) continue;
    frame.nodes.push({ name: writer.fresh('Identity'), opType: 'Identity', input: [have], output: [name] });
  }
}

function writeLoop(
  node: Node,
  scope: OnnxScope,
  frame: Frame,
  graph: Graph,
  writer: ModelWriter,
  ins: readonly string[],
  outs: readonly string[],
): void {
  const region = node.region!;
  const inner = innerFrame(frame);
  const [round, ...state] = region.params;
  const names = region.params.map((id) => {
    const name = scope.fresh(id === round ? 'round' : 'state');
    inner.names.set(id, name);
    bindSymbols(inner, name, graph.types[id]!);
    return name;
  });
  writeNodes(region.nodes, inner, graph, writer, new Map());
  const again = scope.fresh('going');
  const results = region.outputs.map((_, i) => scope.fresh(i === 0 ? 'again' : 'next'));
  closeOutputs(
    region.outputs.map((id, i) => ({ id, name: results[i]! })),
    inner,
    writer,
  );
  const input = [
    valueInfo(names[0]!, graph.types[round!]!),
    valueInfo(again, { dtype: 'bool', shape: [] }),
    ...state.map((id, i) => valueInfo(names[i + 1]!, graph.types[id]!)),
  ];
  const output = region.outputs.map((id, i) => valueInfo(results[i]!, graph.types[id]!));
  const body = {
    name: scope.fresh('body'),
    node: inner.nodes,
    input,
    output,
    valueInfo: inner.infos,
  };
  const name = scope.fresh('Loop');
  const attribute = [{ name: 'body', type: 5, g: body }];
  frame.nodes.push({ name, opType: 'Loop', input: [...ins], output: [...outs], attribute });
}
