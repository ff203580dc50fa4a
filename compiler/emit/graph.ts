/** Writes the nodes of a graph, of a region or of an op's body as ONNX nodes. */
import { bodyOf } from '../ir/build.ts';
import type { Graph, Literal, Node, TensorType, ValueId } from '../ir/graph.ts';
import { needsOf } from '../ir/kernels.ts';
import type { OnnxAttr, OnnxScope } from '../ir/onnx_scope.ts';
import { isComposite, type Op, require } from '../ir/op.ts';
import { exprsOf, literalExpr } from '../ir/weight_expr.ts';
import { ATTRIBUTE } from '../onnx/enums.ts';
import type { NodeProto } from '../onnx/model.ts';
import { DOMAIN } from '../onnx/versions.ts';
import { bindSymbols, type Frame, innerFrame, literalOf, type ModelWriter, nameOf } from './frame.ts';
import { valueInfo } from './tensors.ts';
import { createScope } from './write_scope.ts';

/** The attributes of the artifact's node: all except the hints, which choose how the op computes. */
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

/** The domains of all operators in a list of nodes, loop bodies included. */
export function* domainsIn(nodes: readonly NodeProto[]): Generator<string> {
  for (const node of nodes) {
    yield node.domain ?? '';
    for (const { g } of node.attribute ?? []) yield* domainsIn(g?.node ?? []);
  }
}

/** Makes a new name in the scope of a node. */
const fresh = (writer: ModelWriter, node: Node, hint: string): string =>
  writer.fresh(node.scope ? `${node.scope}/${hint}` : hint);

/** Writes every node of a list into the frame. `labels` contains the names of the graph's outputs. */
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
      frame.literals.set(node.outs[0]!, node.attrs.value as Literal);
      frame.names.set(node.outs[0]!, scope.literal(node.attrs.value as Literal));
      continue;
    }
    const ins = node.ins.map((id) => (id === null ? '' : nameOf(frame, id)));
    if (writeWeights(node, op, ins, frame, graph, writer, labels)) continue;
    for (const id of node.outs) {
      const name = labels.get(id) ?? fresh(writer, node, op.outs.length === 1 ? node.op : 'value');
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

/** Writes a node as initializers if it depends on weights alone or is a large table. Returns whether it did so. */
function writeWeights(
  node: Node,
  op: Op,
  ins: readonly string[],
  frame: Frame,
  graph: Graph,
  writer: ModelWriter,
  labels: ReadonlyMap<ValueId, string>,
): boolean {
  const weights = ins.map((name) => writer.bulk.get(name)?.content);
  if ((ins.length > 0 && !weights.some((weight) => weight)) || node.outs.some((id) => labels.has(id)))
    return false;
  const parts = node.ins.map((id, i) => {
    const literal = id === null ? undefined : literalOf(frame, id);
    return id === null ? null : (weights[i] ?? (literal && literalExpr(literal)));
  });
  const types = node.outs.map((id) => graph.types[id]!);
  const contents = exprsOf(op, node, parts, types);
  contents?.forEach((content, i) => {
    const name = fresh(writer, node, 'weight');
    writer.bulk.set(name, { name, content });
    frame.names.set(node.outs[i]!, name);
  });
  return contents !== undefined;
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
  if (node.region) return writeLoop(node, frame, graph, writer, ins, outs);
  if (!isComposite(op)) {
    if (typeof op.onnx === 'string') return scope.node(op.onnx, ins, outs);
    return op.onnx(scope, ins, outs, node);
  }
  const types = node.ins.map((id) => (id === null ? null : graph.types[id]!));
  if (op.onnxFunction && !writer.inline) {
    const overload = writer.functionFor(op, node, types);
    scope.node(op.onnxFunction, ins, outs, visibleAttrs(op, node), DOMAIN);
    if (overload) frame.nodes.push({ ...frame.nodes.pop()!, overload });
    return;
  }
  const kernel = op.onnxFunction ? undefined : op.kernels?.forms[node.attrs.kernel as string];
  if (kernel) {
    writer.needs.push(needsOf(kernel, node.attrs));
    return kernel.write(scope, ins, outs, node);
  }
  writeBody(node, op, types, frame, writer, ins, outs);
}

/** Writes a composite in place: the nodes of its body, with the names of the composite's inputs and outputs. */
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

/** Writes an Identity for each output whose value already has another name. */
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

/**
 * The names of the results that nodes of the region compute. Such a node writes its result directly, because an
 * Identity would copy whole caches in every iteration. A value from outside the region, or a value that is yielded a
 * second time, has no such name and needs an Identity.
 */
function labelsOf(
  { nodes, outputs }: NonNullable<Node['region']>,
  results: readonly string[],
): ReadonlyMap<ValueId, string> {
  const computed = new Set(nodes.flatMap(({ op, outs }) => (op === 'constant' ? [] : outs)));
  const labels = new Map<ValueId, string>();
  for (const [i, id] of outputs.entries())
    if (computed.has(id) && !labels.has(id)) labels.set(id, results[i]!);
  return labels;
}

function writeLoop(
  node: Node,
  frame: Frame,
  graph: Graph,
  writer: ModelWriter,
  ins: readonly string[],
  outs: readonly string[],
): void {
  const region = node.region!;
  const inner = innerFrame(frame);
  const [iteration, ...state] = region.params;
  const names = region.params.map((id) => {
    const name = fresh(writer, node, id === iteration ? 'round' : 'state');
    inner.names.set(id, name);
    bindSymbols(inner, name, graph.types[id]!);
    return name;
  });
  const again = fresh(writer, node, 'going');
  const results = region.outputs.map((_, i) => fresh(writer, node, i === 0 ? 'again' : 'next'));
  writeNodes(region.nodes, inner, graph, writer, labelsOf(region, results));
  closeOutputs(
    region.outputs.map((id, i) => ({ id, name: results[i]! })),
    inner,
    writer,
  );
  const input = [
    valueInfo(names[0]!, graph.types[iteration!]!),
    valueInfo(again, { dtype: 'bool', shape: [] }),
    ...state.map((id, i) => valueInfo(names[i + 1]!, graph.types[id]!)),
  ];
  const output = region.outputs.map((id, i) => valueInfo(results[i]!, graph.types[id]!));
  const body = {
    name: fresh(writer, node, 'body'),
    node: inner.nodes,
    input,
    output,
    valueInfo: inner.infos,
  };
  const name = fresh(writer, node, 'Loop');
  const attribute = [{ name: 'body', type: ATTRIBUTE.graph, g: body }];
  frame.nodes.push({ name, opType: 'Loop', input: [...ins], output: [...outs], attribute });
}
