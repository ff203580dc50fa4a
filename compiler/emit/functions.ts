/**
 * Writes model-local functions: the body of an op, once for all nodes that can share it. Numeric attributes stay
 * attributes (`k`, `heads`, `block`) and lengths stay symbols, so six layers share one `BlockAttention`. A node with
 * another option or another width gets a separate overload.
 */

import { bodyOf, keyOf } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { dimText } from '../ir/dim.ts';
import type { Attrs, Node, TensorType } from '../ir/graph.ts';
import type { Composite } from '../ir/op.ts';
import type { FunctionProto } from '../onnx/model.ts';
import { DOMAIN } from '../onnx/versions.ts';
import { bindSymbols, type ModelWriter, rootFrame } from './frame.ts';
import { closeOutputs, writeNodes } from './graph.ts';
import { attributeProto, valueInfo } from './tensors.ts';

/** Replaces every symbolic length by a symbol of the function: `[batch, n, 768]` becomes `[a0, a1, 768]`. */
function generalised(types: readonly (TensorType | null)[]): readonly (TensorType | null)[] {
  const symbols = new Map<string, string>();
  const symbolFor = (d: Dim): Dim => {
    if (typeof d === 'number') return d;
    const key = dimText(d);
    if (!symbols.has(key)) symbols.set(key, `a${symbols.size}`);
    return symbols.get(key)!;
  };
  return types.map((t) => t && { dtype: t.dtype, shape: t.shape.map(symbolFor) });
}

/** Replaces numbers by references to the node's attributes. Options stay, because they choose the body. */
const openAttrs = (op: Composite, attrs: Attrs): Attrs =>
  Object.fromEntries(
    Object.entries(op.attrs).map(([name, { kind }]) => {
      if (kind === 'dim') return [name, `@${name}`];
      return [name, kind === 'float' ? { ref: name } : attrs[name]!];
    }),
  );

/** A function that is already written, with the input types for which it is written. */
interface WrittenFunction {
  readonly types: readonly (TensorType | null)[];
  readonly overload: string;
}

/**
 * Whether a function that is written for the types `of` can be called with `types`. A symbol of the function accepts
 * any symbolic length. A length that is a number needs a separate body, which does not compute this length.
 */
function serves(of: WrittenFunction['types'], types: WrittenFunction['types']): boolean {
  const lengths = new Map<Dim, Dim>();
  const fits = (symbol: Dim, d: Dim): boolean => {
    if (typeof symbol === 'number' || typeof d === 'number') return symbol === d;
    if (!lengths.has(symbol)) lengths.set(symbol, d);
    return lengths.get(symbol) === d;
  };
  if (of.length !== types.length) return false;
  return of.every((t, i) => {
    const other = types[i]!;
    if (!t || !other) return t === other;
    const alike = t.dtype === other.dtype && t.shape.length === other.shape.length;
    return alike && t.shape.every((d, axis) => fits(d, other.shape[axis]!));
  });
}

export interface Functions {
  /** The functions, without the opsets that they import. */
  readonly list: FunctionProto[];
  /** The overload of the function that contains this node's body. The function is written if it does not exist yet. */
  overloadFor(op: Composite, node: Node, types: readonly (TensorType | null)[], writer: ModelWriter): string;
}

export function createFunctions(): Functions {
  const list: FunctionProto[] = [];
  const known = new Map<string, WrittenFunction[]>();
  return {
    list,
    overloadFor(op, node, types, writer) {
      const [general, attrs] = [generalised(types), openAttrs(op, node.attrs)];
      const key = `${op.name}|${keyOf(attrs)}`;
      const written = known.get(key) ?? [];
      const old = written.find((one) => serves(one.types, general));
      if (old) return old.overload;
      const siblings = list.filter((f) => f.name === op.onnxFunction).length;
      const overload = siblings === 0 ? '' : `variant${siblings + 1}`;
      known.set(key, [...written, { types: general, overload }]);
      list.push(writeFunction(op, general, attrs, overload, writer));
      return overload;
    },
  };
}

function writeFunction(
  op: Composite,
  types: readonly (TensorType | null)[],
  attrs: Attrs,
  overload: string,
  writer: ModelWriter,
): FunctionProto {
  const { graph } = bodyOf(op, types, attrs);
  const frame = rootFrame((own) => (name, value) => {
    const attribute = [attributeProto('value', value)];
    own.nodes.push({ name, opType: 'Constant', input: [], output: [name], attribute });
  });
  const inputs = op.ins.map((name) => name.replace('?', ''));
  const present = inputs.filter((_, i) => types[i]);
  // Inputs, outputs and values of a function share one namespace.
  for (const name of [...inputs, ...op.outs]) writer.fresh(name);
  const infos = graph.inputs.map((port, i) => {
    frame.names.set(port.id, present[i]!);
    bindSymbols(frame, present[i]!, graph.types[port.id]!);
    return valueInfo(present[i]!, graph.types[port.id]!);
  });
  const labels = new Map(graph.outputs.map((port) => [port.id, port.name]));
  writeNodes(graph.nodes, frame, graph, writer, labels);
  closeOutputs(graph.outputs, frame, writer);
  const outInfos = graph.outputs.map((port) => valueInfo(port.name, graph.types[port.id]!));
  return {
    name: op.onnxFunction!,
    domain: DOMAIN,
    ...(overload && { overload }),
    docString: op.doc,
    input: inputs,
    output: graph.outputs.map((port) => port.name),
    attribute: Object.keys(op.attrs).filter((name) => !op.attrs[name]!.hint),
    node: frame.nodes,
    valueInfo: [...infos, ...frame.infos, ...outInfos],
  };
}
