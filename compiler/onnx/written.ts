/**
 * ONNX's messages as plain data: the fields that we write and read, with the names that protobufjs gives
 * them. Kept apart from the library that encodes them, whose own types would otherwise become part of ours.
 */

/** protobufjs decodes 64-bit integers to Long objects; `Number(x)` reads both. */
export type Int64 = number | { toNumber(): number };

export interface TensorProto {
  name?: string | null;
  dataType?: number | null;
  dims?: Int64[] | null;
  rawData?: Uint8Array | null;
  dataLocation?: number | null;
  externalData?: { key?: string | null; value?: string | null }[] | null;
}

export interface AttributeProto {
  name?: string | null;
  type?: number | null;
  i?: Int64 | null;
  f?: number | null;
  s?: Uint8Array | null;
  t?: TensorProto | null;
  g?: GraphProto | null;
  ints?: Int64[] | null;
  refAttrName?: string | null;
}

export interface NodeProto {
  name?: string | null;
  opType?: string | null;
  domain?: string | null;
  input?: string[] | null;
  output?: string[] | null;
  attribute?: AttributeProto[] | null;
  overload?: string;
}

export interface DimProto {
  dimValue?: Int64 | null;
  dimParam?: string | null;
}

export interface ValueInfo {
  name?: string | null;
  type?: {
    tensorType?: { elemType?: number | null; shape?: { dim?: DimProto[] | null } | null } | null;
  } | null;
}

export interface GraphProto {
  name?: string | null;
  node?: NodeProto[] | null;
  input?: ValueInfo[] | null;
  output?: ValueInfo[] | null;
  valueInfo?: ValueInfo[] | null;
  initializer?: TensorProto[] | null;
}

export interface FunctionProto {
  name?: string | null;
  domain?: string | null;
  docString?: string | null;
  input?: string[] | null;
  output?: string[] | null;
  attribute?: string[] | null;
  /** With their defaults. */
  attributeProto?: AttributeProto[];
  node?: NodeProto[] | null;
  opsetImport?: { domain?: string | null; version?: Int64 | null }[] | null;
  overload?: string;
  valueInfo?: ValueInfo[];
}

/** A model as it is read. */
export interface ModelProto {
  irVersion: Int64;
  opsetImport: { domain?: string | null; version?: Int64 | null }[];
  producerName: string;
  producerVersion: string;
  graph?: GraphProto | null;
  functions: FunctionProto[];
  metadataProps: { key?: string | null; value?: string | null }[];
}
