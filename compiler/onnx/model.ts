/** A model as the checker reads it (messages.ts). Lists are always there; everything else may be missing. */

/** Bytes that stayed where they are: weights are never read, unless they are few. */
export interface Blob {
  /** Offset in the file. */
  readonly at: number;
  readonly length: number;
  /** The bytes of a small one. */
  readonly bytes?: Uint8Array;
}

export interface Sizes {
  readonly count: number;
  /** All of them, where they are few. */
  readonly values?: readonly number[];
}

export interface Pair {
  readonly key?: string;
  readonly value?: string;
}

export interface Tensor {
  readonly dims: readonly number[];
  readonly dataType?: number;
  readonly name?: string;
  readonly raw?: Blob;
  readonly floatData?: Sizes;
  readonly int32Data?: Sizes;
  readonly int64Data?: Sizes;
  readonly doubleData?: Sizes;
  readonly uint64Data?: Sizes;
  readonly stringData: readonly string[];
  readonly externalData: readonly Pair[];
  readonly dataLocation?: number;
}

export interface SparseTensor {
  readonly values?: Tensor;
  readonly indices?: Tensor;
  readonly dims: readonly number[];
}

export interface Dimension {
  readonly dimValue?: number;
  readonly dimParam?: string;
}

export interface TypeMessage {
  readonly tensorType?: TensorTypeMessage;
  readonly sequenceType?: { readonly elemType?: TypeMessage };
  readonly optionalType?: { readonly elemType?: TypeMessage };
  readonly mapType?: { readonly keyType?: number; readonly valueType?: TypeMessage };
  readonly sparseTensorType?: TensorTypeMessage;
  readonly opaqueType?: { readonly name?: string };
}

export interface TensorTypeMessage {
  readonly elemType?: number;
  readonly shape?: { readonly dim: readonly Dimension[] };
}

export interface Info {
  readonly name?: string;
  readonly type?: TypeMessage;
}

export interface Attribute {
  readonly name?: string;
  readonly type?: number;
  readonly refAttrName?: string;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly t?: Tensor;
  readonly g?: Graph;
  readonly sparseTensor?: SparseTensor;
  readonly tp?: TypeMessage;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly string[];
  readonly tensors: readonly Tensor[];
  readonly graphs: readonly Graph[];
  readonly typeProtos: readonly TypeMessage[];
  readonly sparseTensors: readonly SparseTensor[];
}

export interface Node {
  readonly name?: string;
  readonly opType?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}

export interface Graph {
  readonly name?: string;
  readonly node: readonly Node[];
  readonly initializer: readonly Tensor[];
  readonly sparseInitializer: readonly SparseTensor[];
  readonly input: readonly Info[];
  readonly output: readonly Info[];
  readonly valueInfo: readonly Info[];
}

export interface Import {
  readonly domain?: string;
  readonly version?: number;
}

/** A model-local function. */
export interface LocalFunction {
  readonly name?: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly string[];
  readonly attributeProto: readonly Attribute[];
  readonly node: readonly Node[];
  readonly opsetImport: readonly Import[];
  readonly valueInfo: readonly Info[];
}

/** How the model was, or is to be, trained; only its tensors are looked at. */
export interface Training {
  readonly initialization?: Graph;
  readonly algorithm?: Graph;
}

export interface Model {
  readonly irVersion?: number;
  readonly producerName?: string;
  readonly producerVersion?: string;
  readonly domain?: string;
  readonly graph?: Graph;
  readonly opsetImport: readonly Import[];
  readonly metadataProps: readonly Pair[];
  readonly functions: readonly LocalFunction[];
  readonly trainingInfo: readonly Training[];
}
