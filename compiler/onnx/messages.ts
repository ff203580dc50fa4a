/**
 * The messages of ONNX 1.23 with their fields, as onnx.proto declares them. Only this table contains the numbers of
 * fields: the reader (decode.ts), the writer (encode.ts) and the types (model.ts) are derived from it. The fields of a
 * message are listed in ascending order of their numbers, which is the order in which they are written.
 */

/** A scalar type of protobuf. Enums are `int32`. */
export type Scalar = 'int32' | 'int64' | 'uint64' | 'float' | 'double' | 'string' | 'bytes';

/** Marks a repeated field. */
const LIST = 'list';
/** Marks a field that is not repeated. The table writes this mark only if a role follows. */
const ONE = 'one';
/** The role of the data of tensors. The reader of outlines leaves it in the file. */
const WEIGHTS = 'weights';
/** The role of fields that no rule reads. The reader of outlines skips them. */
const ASIDE = 'aside';

/** The number of a field, its type (a scalar or the name of a message), whether it is repeated, and its role. */
export type FieldRow = readonly [
  number: number,
  type: string,
  repeated?: typeof ONE | typeof LIST,
  role?: typeof WEIGHTS | typeof ASIDE,
];

export const MESSAGES = {
  ModelProto: {
    irVersion: [1, 'int64'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'int64'],
    docString: [6, 'string', ONE, ASIDE],
    graph: [7, 'GraphProto'],
    opsetImport: [8, 'OperatorSetIdProto', LIST],
    metadataProps: [14, 'StringStringEntryProto', LIST],
    trainingInfo: [20, 'TrainingInfoProto', LIST],
    functions: [25, 'FunctionProto', LIST],
    configuration: [26, 'DeviceConfigurationProto', LIST, ASIDE],
  },
  GraphProto: {
    node: [1, 'NodeProto', LIST],
    name: [2, 'string'],
    initializer: [5, 'TensorProto', LIST],
    docString: [10, 'string', ONE, ASIDE],
    input: [11, 'ValueInfoProto', LIST],
    output: [12, 'ValueInfoProto', LIST],
    valueInfo: [13, 'ValueInfoProto', LIST],
    quantizationAnnotation: [14, 'TensorAnnotation', LIST, ASIDE],
    sparseInitializer: [15, 'SparseTensorProto', LIST],
    metadataProps: [16, 'StringStringEntryProto', LIST, ASIDE],
  },
  NodeProto: {
    input: [1, 'string', LIST],
    output: [2, 'string', LIST],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'AttributeProto', LIST],
    docString: [6, 'string', ONE, ASIDE],
    domain: [7, 'string'],
    overload: [8, 'string'],
    metadataProps: [9, 'StringStringEntryProto', LIST, ASIDE],
    deviceConfigurations: [10, 'NodeDeviceConfigurationProto', LIST, ASIDE],
  },
  AttributeProto: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'TensorProto'],
    g: [6, 'GraphProto'],
    floats: [7, 'float', LIST],
    ints: [8, 'int64', LIST],
    strings: [9, 'bytes', LIST],
    tensors: [10, 'TensorProto', LIST],
    graphs: [11, 'GraphProto', LIST],
    docString: [13, 'string', ONE, ASIDE],
    tp: [14, 'TypeProto'],
    typeProtos: [15, 'TypeProto', LIST],
    type: [20, 'int32'],
    refAttrName: [21, 'string'],
    sparseTensor: [22, 'SparseTensorProto'],
    sparseTensors: [23, 'SparseTensorProto', LIST],
  },
  /** `sinceVersion` and `status` existed only in the first draft of functions. */
  FunctionProto: {
    name: [1, 'string'],
    sinceVersion: [2, 'int64', ONE, ASIDE],
    status: [3, 'int32', ONE, ASIDE],
    input: [4, 'string', LIST],
    output: [5, 'string', LIST],
    attribute: [6, 'string', LIST],
    node: [7, 'NodeProto', LIST],
    docString: [8, 'string', ONE, ASIDE],
    opsetImport: [9, 'OperatorSetIdProto', LIST],
    domain: [10, 'string'],
    attributeProto: [11, 'AttributeProto', LIST],
    valueInfo: [12, 'ValueInfoProto', LIST],
    overload: [13, 'string'],
    metadataProps: [14, 'StringStringEntryProto', LIST, ASIDE],
  },
  TensorProto: {
    dims: [1, 'int64', LIST],
    dataType: [2, 'int32'],
    segment: [3, 'TensorProto.Segment', ONE, ASIDE],
    floatData: [4, 'float', LIST, WEIGHTS],
    int32Data: [5, 'int32', LIST, WEIGHTS],
    stringData: [6, 'bytes', LIST],
    int64Data: [7, 'int64', LIST, WEIGHTS],
    name: [8, 'string'],
    rawData: [9, 'bytes', ONE, WEIGHTS],
    doubleData: [10, 'double', LIST, WEIGHTS],
    uint64Data: [11, 'uint64', LIST, WEIGHTS],
    docString: [12, 'string', ONE, ASIDE],
    externalData: [13, 'StringStringEntryProto', LIST],
    dataLocation: [14, 'int32'],
    metadataProps: [16, 'StringStringEntryProto', LIST, ASIDE],
  },
  'TensorProto.Segment': {
    begin: [1, 'int64'],
    end: [2, 'int64'],
  },
  SparseTensorProto: {
    values: [1, 'TensorProto'],
    indices: [2, 'TensorProto'],
    dims: [3, 'int64', LIST],
  },
  ValueInfoProto: {
    name: [1, 'string'],
    type: [2, 'TypeProto'],
    docString: [3, 'string', ONE, ASIDE],
    metadataProps: [4, 'StringStringEntryProto', LIST, ASIDE],
  },
  TypeProto: {
    tensorType: [1, 'TypeProto.Tensor'],
    sequenceType: [4, 'TypeProto.Sequence'],
    mapType: [5, 'TypeProto.Map'],
    denotation: [6, 'string', ONE, ASIDE],
    opaqueType: [7, 'TypeProto.Opaque'],
    sparseTensorType: [8, 'TypeProto.SparseTensor'],
    optionalType: [9, 'TypeProto.Optional'],
  },
  'TypeProto.Tensor': {
    elemType: [1, 'int32'],
    shape: [2, 'TensorShapeProto'],
  },
  'TypeProto.SparseTensor': {
    elemType: [1, 'int32'],
    shape: [2, 'TensorShapeProto'],
  },
  'TypeProto.Sequence': { elemType: [1, 'TypeProto'] },
  'TypeProto.Optional': { elemType: [1, 'TypeProto'] },
  'TypeProto.Map': {
    keyType: [1, 'int32'],
    valueType: [2, 'TypeProto'],
  },
  'TypeProto.Opaque': {
    domain: [1, 'string'],
    name: [2, 'string'],
  },
  TensorShapeProto: { dim: [1, 'TensorShapeProto.Dimension', LIST] },
  'TensorShapeProto.Dimension': {
    dimValue: [1, 'int64'],
    dimParam: [2, 'string'],
    denotation: [3, 'string', ONE, ASIDE],
  },
  OperatorSetIdProto: {
    domain: [1, 'string'],
    version: [2, 'int64'],
  },
  StringStringEntryProto: {
    key: [1, 'string'],
    value: [2, 'string'],
  },
  TensorAnnotation: {
    tensorName: [1, 'string'],
    quantParameterTensorNames: [2, 'StringStringEntryProto', LIST],
  },
  TrainingInfoProto: {
    initialization: [1, 'GraphProto'],
    algorithm: [2, 'GraphProto'],
    initializationBinding: [3, 'StringStringEntryProto', LIST, ASIDE],
    updateBinding: [4, 'StringStringEntryProto', LIST, ASIDE],
  },
  DeviceConfigurationProto: {
    name: [1, 'string'],
    numDevices: [2, 'int32'],
    device: [3, 'string', LIST],
  },
  NodeDeviceConfigurationProto: {
    configurationId: [1, 'string'],
    shardingSpec: [2, 'ShardingSpecProto', LIST],
    pipelineStage: [3, 'int32'],
  },
  ShardingSpecProto: {
    tensorName: [1, 'string'],
    device: [2, 'int64', LIST],
    indexToDeviceGroupMap: [3, 'IntIntListEntryProto', LIST],
    shardedDim: [4, 'ShardedDimProto', LIST],
  },
  IntIntListEntryProto: {
    key: [1, 'int64'],
    value: [2, 'int64', LIST],
  },
  ShardedDimProto: {
    axis: [1, 'int64'],
    simpleSharding: [2, 'SimpleShardedDimProto', LIST],
  },
  SimpleShardedDimProto: {
    dimValue: [1, 'int64'],
    dimParam: [2, 'string'],
    numShards: [3, 'int64'],
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldRow>>>>;

export type MessageName = keyof typeof MESSAGES;

export const isMessage = (type: string): type is MessageName => Object.hasOwn(MESSAGES, type);

/** The fields of a message in ascending order of their numbers. */
export const rowsOf = (name: MessageName): readonly (readonly [field: string, row: FieldRow])[] =>
  Object.entries(MESSAGES[name]);
