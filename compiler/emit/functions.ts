/**
 * Model-local functions: the body of an op, written once for all its nodes. Integer attributes stay
 * attributes (`k`, `heads`, `block`), lengths stay symbols, so six layers share one `BlockAttention`.
 * What cannot be shared (another option, another width) becomes an overload.
 */

import { bodyOf, keyOf } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { dimText } from '../ir/dim.ts';
import { type Attrs, type Node, type TensorType, typeText } from '../ir/graph.ts';
import type { Composite } from '../ir/op.ts';
import { bindSymbols, type ModelWriter, rootFrame } from './frame.ts';
import { closeOutputs, domainsIn, writeNodes } from './graph.ts';
import type { FunctionProto } from './messages.ts';
import { attributeProto, valueInfo } from './tensors.ts';
import { DOMAIN, importsOf } from './versions.ts';

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

export interface Functions {
  readonly list: FunctionProto[];
  /** The overload under which this node's body is written. */
  overloadFor(op: Composite, node: Node, types: readonly (TensorType | null)[], writer: ModelWriter): string;
}

export function createFunctions(): Functions {
  const list: FunctionProto[] = [];
  const known = new Map<string, string>();
  return {
    list,
    overloadFor(op, node, types, writer) {
      const [general, attrs] = [generalised(types), openAttrs(op, node.attrs)];
      const key = [op.name, keyOf(attrs), ...general.map((t) => (t ? typeText(t) : '-'))].join('|');
      const old = known.get(key);
      if (old !== undefined) return old;
      const siblings = list.filter((f) => f.name === op.onnxFunction).length;
      const overload = siblings === 0 ? '' : `variant${siblings + 1}`;
      known.set(key, overload);
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
