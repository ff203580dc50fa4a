/**
 * Graph → ONNX: the model's messages, and a plan of the bytes that go beside it. Pure and
 * deterministic; writing files is the runtime's business.
 */
import { ELEMENT_BYTES } from '../ir/dtype.ts';
import type { Graph } from '../ir/graph.ts';
import type { Op } from '../ir/op.ts';
import { weightExpr } from '../ir/weight_expr.ts';
import type { WeightSource } from '../ir/weights.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { encodeModelProto } from '../onnx/encode.ts';
import { EXTERNAL } from '../onnx/enums.ts';
import type { FunctionProto, GraphProto, NodeProto, TensorProto } from '../onnx/model.ts';
import { DOMAIN, IR_VERSION, importsOf } from '../onnx/versions.ts';
import { type Bulk, bindSymbols, type ModelWriter, rootFrame } from './frame.ts';
import { createFunctions } from './functions.ts';
import { closeOutputs, domainsIn, writeNodes } from './graph.ts';
import { bytesOf, tensorProto, valueInfo } from './tensors.ts';

export interface EmitOptions {
  readonly ops: Readonly<Record<string, Op>>;
  /** Name of the file that holds the weights, beside the model; absent: everything in one file. */
  readonly dataFile?: string;
  /** Written into the model, keys in the given order. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: string;
  readonly inline?: boolean;
}

/** Where each large constant lies in the data file. */
export interface Placement extends Bulk {
  readonly offset: number;
  readonly bytes: number;
}

export interface Emitted {
  /** The `.onnx` file without its weights: messages, ready to be encoded. */
  readonly graph: GraphProto;
  readonly options: EmitOptions;
  readonly functions: readonly FunctionProto[];
  readonly placements: readonly Placement[];
  /** Size of the data file. */
  readonly dataBytes: number;
}

/** Pages, so that a runtime can map every large tensor; small ones only need their elements aligned. */
const alignment = (bytes: number): number => (bytes >= 4096 ? 4096 : 64);

/** protobuf's own limit on one message. */
export const SINGLE_FILE_LIMIT = 2 ** 31 - 1;

function place(bulk: readonly Bulk[]): { placements: readonly Placement[]; dataBytes: number } {
  let end = 0;
  const placements = bulk.map((item) => {
    const { dtype, shape } = item.content;
    const bytes = ELEMENT_BYTES[dtype] * shape.reduce((a, b) => a * b, 1);
    const offset = Math.ceil(end / alignment(bytes)) * alignment(bytes);
    end = offset + bytes;
    return { ...item, offset, bytes };
  });
  return { placements, dataBytes: end };
}

/** Every name that a node reads, inside loops too. */
function* namesRead(nodes: readonly NodeProto[]): Generator<string> {
  for (const node of nodes) {
    yield* node.input ?? [];
    for (const attribute of node.attribute ?? []) yield* namesRead(attribute.g?.node ?? []);
  }
}

/** Nodes that lead to an output: the body of an op in place may compute more than this model asks it for. */
function needed(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const asked = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output?.some((name) => asked.has(name))) return false;
    for (const name of namesRead([node])) asked.add(name);
    return true;
  });
  return kept.reverse();
}

/** Names that are unique in the whole model, functions included. */
function createNames(): (hint: string) => string {
  const used = new Set<string>();
  const counts = new Map<string, number>();
  return (hint) => {
    let count = counts.get(hint) ?? 0;
    let name = count === 0 ? hint : `${hint}_${count}`;
    while (used.has(name)) name = `${hint}_${++count}`;
    counts.set(hint, count + 1);
    used.add(name);
    return name;
  };
}

export function emit(graph: Graph, options: EmitOptions): Emitted {
  const functions = createFunctions();
  const bulk = new Map<string, Bulk>();
  const literals: TensorProto[] = [];
  const writer: ModelWriter = {
    ops: options.ops,
    inline: options.inline ?? false,
    fresh: createNames(),
    bulk,
    functionFor: (op, node, types) => functions.overloadFor(op, node, types, writer),
  };
  const frame = rootFrame(() => (name, value) => void literals.push(tensorProto(name, value)));
  for (const port of [...graph.inputs, ...graph.outputs]) writer.fresh(port.name);
  for (const port of graph.inputs) {
    frame.names.set(port.id, port.name);
    bindSymbols(frame, port.name, graph.types[port.id]!);
  }
  for (const { id, weight } of graph.params) {
    const name = writer.fresh(weight.name);
    frame.names.set(id, name);
    bulk.set(name, { name, content: weightExpr(weight) });
  }
  const inputs = new Set(graph.inputs.map((port) => port.id));
  const labels = new Map(graph.outputs.filter((p) => !inputs.has(p.id)).map((p) => [p.id, p.name]));
  writeNodes(graph.nodes, frame, graph, writer, labels);
  closeOutputs(graph.outputs, frame, writer);

  const nodes = needed(
    frame.nodes,
    graph.outputs.map((port) => port.name),
  );
  const written = new Set(nodes.flatMap(({ output }) => output ?? []));
  const read = new Set(namesRead(nodes));
  const { placements, dataBytes } = place([...bulk.values()].filter((item) => read.has(item.name)));
  const proto: GraphProto = {
    name: graph.name,
    node: nodes,
    input: graph.inputs.map((port) => valueInfo(port.name, graph.types[port.id]!)),
    output: graph.outputs.map((port) => valueInfo(port.name, graph.types[port.id]!)),
    valueInfo: frame.infos.filter(({ name }) => written.has(name ?? '')),
    initializer: literals.filter((t) => read.has(t.name!)),
  };
  return { graph: proto, options, functions: functions.list, placements, dataBytes };
}

function encode(emitted: Emitted, bulk: readonly TensorProto[]): Uint8Array {
  const { graph, options, functions } = emitted;
  const model = {
    irVersion: IR_VERSION,
    producerName: 'benben',
    producerVersion: options.version,
    domain: DOMAIN,
    modelVersion: 1,
    graph: { ...graph, initializer: [...(graph.initializer ?? []), ...bulk] },
    // Those of the functions too: a runtime expands them into this graph.
    opsetImport: importsOf([
      '',
      DOMAIN,
      ...[graph, ...functions].flatMap((g) => [...domainsIn(g.node ?? [])]),
    ]),
    functions,
    metadataProps: Object.entries(options.metadata).map(([key, value]) => ({ key, value })),
  };
  return encodeModelProto(model);
}

/** The `.onnx` file that refers to a data file beside it. */
export function encodeModel(emitted: Emitted): Uint8Array {
  const location = emitted.options.dataFile ?? '';
  const external = emitted.placements.map((p) => ({
    name: p.name,
    dataType: ONNX_DTYPE[p.content.dtype],
    dims: [...p.content.shape],
    dataLocation: EXTERNAL,
    externalData: [
      { key: 'location', value: location },
      { key: 'offset', value: String(p.offset) },
      { key: 'length', value: String(p.bytes) },
    ],
  }));
  return encode(emitted, external);
}

/** The bytes of the data file in order, gaps included. */
export async function* streamData(emitted: Emitted, source: WeightSource): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (const { content, offset } of emitted.placements) {
    if (offset > position) yield new Uint8Array(offset - position);
    position = offset;
    for await (const piece of content.stream(source)) {
      yield bytesOf(piece);
      position += piece.byteLength;
    }
  }
}

/** The whole model in one file. The caller has checked `dataBytes` against `SINGLE_FILE_LIMIT`. */
export async function encodeSingleFile(emitted: Emitted, source: WeightSource): Promise<Uint8Array> {
  const tensors: TensorProto[] = [];
  for (const { name, content, bytes } of emitted.placements) {
    const rawData = new Uint8Array(bytes);
    let at = 0;
    for await (const piece of content.stream(source)) {
      rawData.set(bytesOf(piece), at);
      at += piece.byteLength;
    }
    tensors.push({ name, dataType: ONNX_DTYPE[content.dtype], dims: [...content.shape], rawData });
  }
  return encode(emitted, tensors);
}
