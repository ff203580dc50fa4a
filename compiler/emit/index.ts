/**
 * Turns a graph into ONNX: the messages of the model, and the layout of the data file next to it. It is pure and
 * deterministic. The runtime writes the files.
 */
import { ELEMENT_BYTES } from '../ir/dtype.ts';
import type { Graph } from '../ir/graph.ts';
import type { Op } from '../ir/op.ts';
import { type Needs, type OpsetRow, versionsFor } from '../ir/opsets.ts';
import { sizeOf } from '../ir/tensors.ts';
import { weightExpr } from '../ir/weight_expr.ts';
import type { WeightSource } from '../ir/weights.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { encodeModelProto } from '../onnx/encode.ts';
import { EXTERNAL } from '../onnx/enums.ts';
import type { FunctionProto, GraphProto, NodeProto, TensorProto } from '../onnx/model.ts';
import { DOMAIN, importsOf } from '../onnx/versions.ts';
import { type Bulk, bindSymbols, type ModelWriter, rootFrame } from './frame.ts';
import { createFunctions } from './functions.ts';
import { closeOutputs, domainsIn, writeNodes } from './graph.ts';
import { bytesOf, tensorProto, valueInfo } from './tensors.ts';

export interface EmitOptions {
  readonly ops: Readonly<Record<string, Op>>;
  /** The name of the data file next to the model, which contains the weights. Without it, they are in the model. */
  readonly dataFile?: string;
  /** The metadata of the model, in the order of the keys. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The version of the compiler. */
  readonly version: string;
  /** Whether bodies of functions are written in place, for runtimes that do not support functions. */
  readonly inline?: boolean;
  /** The opset to declare. Default: the lowest that the operators allow. */
  readonly opset?: number;
}

/** A large constant and its position in the data file. */
export interface Placement extends Bulk {
  readonly offset: number;
  readonly bytes: number;
}

export interface Emitted {
  /** The graph without its weights. */
  readonly graph: GraphProto;
  readonly options: EmitOptions;
  /** The versions that the model declares, and the oldest ONNX Runtime that runs it. */
  readonly versions: OpsetRow;
  readonly functions: readonly FunctionProto[];
  /** The tensors of the model, with their positions in the data file. */
  readonly placements: readonly Placement[];
  /** The contents of the data file: these tensors, and, in a file that several models share, those of the others. */
  readonly data: readonly Placement[];
  /** The size of the data file in bytes. */
  readonly dataBytes: number;
}

/** The alignment of a tensor in the data file: a page for a large tensor, which a runtime can then map, else 64 bytes. */
const alignment = (bytes: number): number => (bytes >= 4096 ? 4096 : 64);

/** The largest size of an `.onnx` file in bytes, which is protobuf's limit for a message. */
export const SINGLE_FILE_LIMIT = 2 ** 31 - 1;

function place(bulk: readonly Bulk[]): { placements: readonly Placement[]; dataBytes: number } {
  let end = 0;
  const placements = bulk.map((item) => {
    const { dtype, shape } = item.content;
    const bytes = ELEMENT_BYTES[dtype] * sizeOf(shape);
    const offset = Math.ceil(end / alignment(bytes)) * alignment(bytes);
    end = offset + bytes;
    return { ...item, offset, bytes };
  });
  return { placements, dataBytes: end };
}

const identityOf = ({ content: { dtype, shape, key } }: Bulk): string => `${dtype} ${shape} ${key}`;

/**
 * The same model with one data file for all of these models. The file contains each tensor once, however many of them
 * have it. The layout depends only on the models and their order.
 */
export function shareData(model: Emitted, all: readonly Emitted[]): Emitted {
  const tensors = new Map<string, Bulk>();
  for (const { placements } of [...all, model])
    for (const bulk of placements) if (!tensors.has(identityOf(bulk))) tensors.set(identityOf(bulk), bulk);
  const { placements: data, dataBytes } = place([...tensors.values()]);
  const offsets = new Map(data.map((item) => [identityOf(item), item.offset]));
  const placements = model.placements.map((item) => ({ ...item, offset: offsets.get(identityOf(item))! }));
  return { ...model, placements, data, dataBytes };
}

/** The names that nodes read, including those of nodes in the bodies of loops. */
function* namesRead(nodes: readonly NodeProto[]): Generator<string> {
  for (const node of nodes) {
    yield* node.input ?? [];
    for (const attribute of node.attribute ?? []) yield* namesRead(attribute.g?.node ?? []);
  }
}

/**
 * The nodes on which an output depends. A body that is written in place may compute values that the model does not
 * use.
 */
function needed(nodes: readonly NodeProto[], outputs: readonly string[]): NodeProto[] {
  const read = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.output?.some((name) => read.has(name))) return false;
    for (const name of namesRead([node])) read.add(name);
    return true;
  });
  return kept.reverse();
}

/** Makes names that are unique in the model and its functions. */
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

/** Writes the model of a graph. The weights are not read. */
export function emit(graph: Graph, options: EmitOptions): Emitted {
  const functions = createFunctions();
  const bulk = new Map<string, Bulk>();
  const literals: TensorProto[] = [];
  const needs: Needs[] = [];
  const writer: ModelWriter = {
    ops: options.ops,
    inline: options.inline ?? false,
    needs,
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
  const versions = versionsFor(needs, functions.list.length > 0, options.opset);
  const functionList = functions.list.map((f) => ({
    ...f,
    opsetImport: importsOf(['', ...domainsIn(f.node ?? [])], versions.opset),
  }));
  return {
    graph: proto,
    options,
    versions,
    functions: functionList,
    placements,
    data: placements,
    dataBytes,
  };
}

function encode(emitted: Emitted, bulk: readonly TensorProto[]): Uint8Array {
  const { graph, options, functions, versions } = emitted;
  // The domains of functions are included, because a runtime expands functions into the graph.
  const domains = [graph, ...functions].flatMap(({ node }) => [...domainsIn(node ?? [])]);
  const model = {
    irVersion: versions.irVersion,
    producerName: 'benben',
    producerVersion: options.version,
    domain: DOMAIN,
    modelVersion: 1,
    graph: { ...graph, initializer: [...(graph.initializer ?? []), ...bulk] },
    opsetImport: importsOf(['', DOMAIN, ...domains], versions.opset),
    functions,
    metadataProps: Object.entries(options.metadata).map(([key, value]) => ({ key, value })),
  };
  return encodeModelProto(model);
}

/** Encodes the `.onnx` file that refers to a data file next to it. */
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

/** Yields the bytes of the data file in order, including the gaps between tensors. */
export async function* streamData(emitted: Emitted, source: WeightSource): AsyncGenerator<Uint8Array> {
  let position = 0;
  for (const { content, offset } of emitted.data) {
    if (offset > position) yield new Uint8Array(offset - position);
    position = offset;
    for await (const piece of content.stream(source)) {
      yield bytesOf(piece);
      position += piece.byteLength;
    }
  }
}

/** Encodes the whole model in one file. `dataBytes` must be below `SINGLE_FILE_LIMIT`, which the caller checks. */
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
