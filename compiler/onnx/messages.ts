/**
 * ONNX's messages as tables, for reading files that nobody has checked: the fields of ONNX 1.23 by number,
 * and the plain data that decode.ts makes of them. Names are those of onnx.proto, so that what is read here also
 * serves where a `ModelProto` of compiler/onnx/written.ts is asked for; weights alone are told by their size.
 */

/** `sizes`: how many numbers there are, and the numbers themselves where they are few. */
export type Kind =
  | 'int'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'
  | 'blob'
  | 'ints'
  | 'floats'
  | 'int sizes'
  | 'float sizes'
  | 'double sizes'
  | 'strings'
  | 'skip';

export interface Field {
  readonly name: string;
  readonly kind: Kind | 'message' | 'messages';
  /** Of a message. */
  readonly of?: Table;
}

export interface Table {
  readonly name: string;
  readonly fields: ReadonlyMap<number, Field>;
  /** Of one message: the bytes that it takes in memory, and the time that the rules take for it as if it were bytes. */
  readonly cost: number;
  /** Every list of the message, empty. */
  readonly empty: Readonly<Record<string, readonly never[]>>;
}

type Row = readonly [number, string, Kind] | readonly [number, string, 'message' | 'messages', () => Table];

const LISTS: readonly string[] = ['ints', 'floats', 'strings', 'messages'];

/** What a plain message takes, with its lists. */
const PLAIN = 256;

/** What the rules look at again and again takes them longer than its bytes. */
const COSTS: Readonly<Record<string, number>> = {
  NodeProto: 1400,
  TensorProto: 1024,
  GraphProto: 4096,
  FunctionProto: 7168,
};

/** Tables name each other in circles (a node's attribute holds a graph): they are built when first asked for. */
function table(name: string, rows: readonly Row[]): () => Table {
  let built: Table | undefined;
  return () => {
    if (built) return built;
    const fields = new Map<number, Field>();
    const lists = rows.filter(([, , kind]) => LISTS.includes(kind)).map(([, field]) => [field, []] as const);
    built = { name, fields, cost: COSTS[name] ?? PLAIN, empty: Object.fromEntries(lists) };
    for (const [number, field, kind, of] of rows)
      fields.set(number, { name: field, kind, ...(of && { of: of() }) });
    return built;
  };
}

const entry = table('StringStringEntryProto', [
  [1, 'key', 'string'],
  [2, 'value', 'string'],
]);

const tensor = table('TensorProto', [
  [1, 'dims', 'ints'],
  [2, 'dataType', 'int'],
  [3, 'segment', 'skip'],
  [4, 'floatData', 'float sizes'],
  [5, 'int32Data', 'int sizes'],
  [6, 'stringData', 'strings'],
  [7, 'int64Data', 'int sizes'],
  [8, 'name', 'string'],
  [9, 'raw', 'blob'],
  [10, 'doubleData', 'double sizes'],
  [11, 'uint64Data', 'int sizes'],
  [12, 'docString', 'skip'],
  [13, 'externalData', 'messages', entry],
  [14, 'dataLocation', 'int'],
  [16, 'metadataProps', 'skip'],
]);

const sparseTensor = table('SparseTensorProto', [
  [1, 'values', 'message', tensor],
  [2, 'indices', 'message', tensor],
  [3, 'dims', 'ints'],
]);

const dimension = table('Dimension', [
  [1, 'dimValue', 'int'],
  [2, 'dimParam', 'string'],
  [3, 'denotation', 'skip'],
]);

const shape = table('TensorShapeProto', [[1, 'dim', 'messages', dimension]]);

const tensorType = table('TypeProto.Tensor', [
  [1, 'elemType', 'int'],
  [2, 'shape', 'message', shape],
]);

const typeOf = table('TypeProto', [
  [1, 'tensorType', 'message', tensorType],
  [4, 'sequenceType', 'message', () => elementType()],
  [
    5,
    'mapType',
    'message',
    table('TypeProto.Map', [
      [1, 'keyType', 'int'],
      [2, 'valueType', 'message', () => typeOf()],
    ]),
  ],
  [6, 'denotation', 'skip'],
  [
    7,
    'opaqueType',
    'message',
    table('TypeProto.Opaque', [
      [1, 'domain', 'string'],
      [2, 'name', 'string'],
    ]),
  ],
  [8, 'sparseTensorType', 'message', tensorType],
  [9, 'optionalType', 'message', () => elementType()],
]);

const elementType = table('TypeProto.Sequence', [[1, 'elemType', 'message', () => typeOf()]]);

const valueInfo = table('ValueInfoProto', [
  [1, 'name', 'string'],
  [2, 'type', 'message', typeOf],
  [3, 'docString', 'skip'],
  [4, 'metadataProps', 'skip'],
]);

const attribute: () => Table = table('AttributeProto', [
  [1, 'name', 'string'],
  [2, 'f', 'float'],
  [3, 'i', 'int'],
  [4, 's', 'bytes'],
  [5, 't', 'message', tensor],
  [6, 'g', 'message', () => graph()],
  [7, 'floats', 'floats'],
  [8, 'ints', 'ints'],
  [9, 'strings', 'strings'],
  [10, 'tensors', 'messages', tensor],
  [11, 'graphs', 'messages', () => graph()],
  [13, 'docString', 'skip'],
  [14, 'tp', 'message', typeOf],
  [15, 'typeProtos', 'messages', typeOf],
  [20, 'type', 'int'],
  [21, 'refAttrName', 'string'],
  [22, 'sparseTensor', 'message', sparseTensor],
  [23, 'sparseTensors', 'messages', sparseTensor],
]);

const node: () => Table = table('NodeProto', [
  [1, 'input', 'strings'],
  [2, 'output', 'strings'],
  [3, 'name', 'string'],
  [4, 'opType', 'string'],
  [5, 'attribute', 'messages', attribute],
  [6, 'docString', 'skip'],
  [7, 'domain', 'string'],
  [8, 'overload', 'string'],
  [9, 'metadataProps', 'skip'],
  [10, 'deviceConfigurations', 'skip'],
]);

const graph: () => Table = table('GraphProto', [
  [1, 'node', 'messages', node],
  [2, 'name', 'string'],
  [5, 'initializer', 'messages', tensor],
  [10, 'docString', 'skip'],
  [11, 'input', 'messages', valueInfo],
  [12, 'output', 'messages', valueInfo],
  [13, 'valueInfo', 'messages', valueInfo],
  [14, 'quantizationAnnotation', 'skip'],
  [15, 'sparseInitializer', 'messages', sparseTensor],
  [16, 'metadataProps', 'skip'],
]);

const opset = table('OperatorSetIdProto', [
  [1, 'domain', 'string'],
  [2, 'version', 'int'],
]);

const functionTable = table('FunctionProto', [
  [1, 'name', 'string'],
  // Of the first draft of functions: a version and a status.
  [2, 'sinceVersion', 'skip'],
  [3, 'status', 'skip'],
  [4, 'input', 'strings'],
  [5, 'output', 'strings'],
  [6, 'attribute', 'strings'],
  [7, 'node', 'messages', node],
  [8, 'docString', 'skip'],
  [9, 'opsetImport', 'messages', opset],
  [10, 'domain', 'string'],
  [11, 'attributeProto', 'messages', attribute],
  [12, 'valueInfo', 'messages', valueInfo],
  [13, 'overload', 'string'],
  [14, 'metadataProps', 'skip'],
]);

const training = table('TrainingInfoProto', [
  [1, 'initialization', 'message', graph],
  [2, 'algorithm', 'message', graph],
  [3, 'initializationBinding', 'skip'],
  [4, 'updateBinding', 'skip'],
]);

export const MODEL = table('ModelProto', [
  [1, 'irVersion', 'int'],
  [2, 'producerName', 'string'],
  [3, 'producerVersion', 'string'],
  [4, 'domain', 'string'],
  [5, 'modelVersion', 'int'],
  [6, 'docString', 'skip'],
  [7, 'graph', 'message', graph],
  [8, 'opsetImport', 'messages', opset],
  [14, 'metadataProps', 'messages', entry],
  [20, 'trainingInfo', 'messages', training],
  [25, 'functions', 'messages', functionTable],
  [26, 'configuration', 'skip'],
]);
