/**
 * Model-local functions: the body of an op, written once for all its nodes. Integer attributes stay
 * attributes (`k`, `heads`, `block`), lengths stay symbols, so six layers share one `BlockAttention`.
 * What cannot be shared (another option, another width) becomes an overload.
 */

import { bodyOf, keyOf } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { dimText } from '../ir/dim.ts';
import type { Attrs, Node, TensorType } from '../ir/graph.ts';
import type { Composite } from '../ir/op.ts';
import type { FunctionProto } from '../onnx/model.ts';
import { DOMAIN, importsOf } from '../onnx/versions.ts';
import { bindSymbols, type ModelWriter, rootFrame } from './frame.ts';
import { closeOutputs, domainsIn, writeNodes } from './graph.ts';
import { attributeProto, valueInfo } from './tensors.ts';

/** Every unknown length as a symbol of the function's own: `[batch, n, 768]` becomes `[a0, a1, 768]`. */
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

/** Numbers become references to the node's attributes; options stay, since they choose the body. */
const openAttrs = (op: Composite, attrs: Attrs): Attrs =>
  Object.fromEntries(
    Object.entries(op.attrs).map(([name, { kind }]) => {
      if (kind === 'dim') return [name, `@${name}`];
      return [name, kind === 'float' ? { ref: name } : attrs[name]!];
    }),
  );

interface Known {
  readonly types: readonly (TensorType | null)[];
  readonly overload: string;
}

/**
 * Whether a function written for types `of` serves these: its symbols stand for any lengths, equal ones too. A
 * length that is a number is worth a body of its own, which has nothing to compute about it.
 */
function serves(of: Known['types'], types: Known['types']): boolean {
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
  readonly list: FunctionProto[];
  /** The overload under which this node's body is written. */
  overloadFor(op: Composite, node: Node, types: readonly (TensorType | null)[], writer: ModelWriter): string;
}

export function createFunctions(): Functions {
  const list: FunctionProto[] = [];
  const known = new Map<string, Known[]>();
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
  // Names are one space with the function's own: a value may not be called as its input.
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
    opsetImport: importsOf(['', ...domainsIn(frame.nodes)]),
  };
}
