/**
 * Texts for types, tensors and attributes of an .onnx file. Two texts are equal only if the described values are equal.
 * A long sequence of bytes is represented by its SHA-256.
 */
import { createHash } from 'node:crypto';
import { DT, elementTypeName, RAW_ELEMENTS } from '../../compiler/onnx/element_types.ts';
import { ATTRIBUTE, EXTERNAL } from '../../compiler/onnx/enums.ts';
import type {
  AttributeProto,
  GraphProto,
  Int64,
  SparseTensorProto,
  TensorProto,
  TypeProto,
} from '../../compiler/onnx/model.ts';

/**
 * The number of hexadecimal digits of a SHA-256 that are shown. With so many digits, collisions do not occur in
 * practice.
 */
const MARK = 24;

const markOf = (bytes: Uint8Array | string): string =>
  createHash('sha256').update(bytes).digest('hex').slice(0, MARK);

/** Shortens a long text to its beginning, with a hash so that different texts stay different. */
export const brief = (text: string, most = 80): string =>
  text.length <= most
    ? text
    : `${text.slice(0, most >> 1).replace(/[\uD800-\uDBFF]$/, '')}… (${text.length} characters, sha256 ${markOf(text)})`;

/** Shortens a long name for people. Different names may become equal. */
export const clip = (text: string, most = 60): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;

export const shapeText = (dims: readonly (number | string)[]): string => `[${dims.join(', ')}]`;

function tensorTypeText({ elemType, shape }: NonNullable<TypeProto['tensorType']>): string {
  const dims = shape?.dim?.map(({ dimParam, dimValue }) =>
    dimParam ? dimParam : dimValue == null ? '?' : String(dimValue),
  );
  // A scalar has the empty shape `[]`. A tensor without a shape may have any shape.
  return `${elementTypeName(elemType ?? 0)}${shape ? shapeText(dims ?? []) : ' of any shape'}`;
}

/** Formats a type, such as `float[batch, 16]` or `sequence of int64[]`. */
export function typeText(type: TypeProto | undefined): string {
  if (type?.tensorType) return tensorTypeText(type.tensorType);
  if (type?.sparseTensorType) return `sparse ${tensorTypeText(type.sparseTensorType)}`;
  if (type?.sequenceType) return `sequence of ${typeText(type.sequenceType.elemType)}`;
  if (type?.optionalType) return `optional ${typeText(type.optionalType.elemType)}`;
  if (type?.mapType)
    return `map from ${elementTypeName(type.mapType.keyType ?? 0)} to ${typeText(type.mapType.valueType)}`;
  return 'not a tensor';
}

/** The shortest decimal text for a float32. It has a point or an exponent, so that it does not look like an integer. */
export function floatText(value: number): string {
  if (Object.is(value, -0)) return '-0.0';
  let text = String(value);
  for (let digits = 1; digits <= 9 && Number.isFinite(value); digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) {
      text = String(short);
      break;
    }
  }
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The values of a tensor are shown if it has at most this number of elements. */
const FEW = 8;

const elementText = (dataType: number, value: number | bigint): string =>
  dataType === DT.float ? floatText(Number(value)) : String(value);

/** Converts a tensor's typed fields to the bytes that `rawData` would have, by TensorProto.DataType. */
const TYPED: Readonly<Record<number, (tensor: TensorProto) => ArrayBufferView | undefined>> = {
  [DT.float]: ({ floatData }) => floatData && new Float32Array(floatData),
  [DT.int32]: ({ int32Data }) => int32Data && new Int32Array(int32Data),
  [DT.uint8]: ({ int32Data }) => int32Data && new Uint8Array(int32Data),
  [DT.int8]: ({ int32Data }) => int32Data && new Int8Array(int32Data),
  [DT.bool]: ({ int32Data }) => int32Data && new Uint8Array(int32Data),
  [DT.int64]: ({ int64Data }) => int64Data && new BigInt64Array(int64Data.map(BigInt)),
  [DT.double]: ({ doubleData }) => doubleData && new Float64Array(doubleData),
};

export const isExternal = ({ dataLocation }: TensorProto): boolean => dataLocation === EXTERNAL;

/** The bytes of a tensor that is stored in the file itself. For an unusual encoding, returns a text of all fields. */
export function bytesOf(tensor: TensorProto): Uint8Array {
  const { rawData, dataType, floatData, int32Data, int64Data, doubleData, uint64Data, stringData } = tensor;
  const others = [floatData, int32Data, int64Data, doubleData, uint64Data, stringData];
  const given = others.filter((list) => list && list.length > 0).length;
  if (given === 0) return rawData ?? new Uint8Array(0);
  const typed = given === 1 && !rawData?.length ? TYPED[dataType ?? 0]?.(tensor) : undefined;
  if (typed && typed.byteLength > 0) return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
  const plain = (_: string, value: unknown): unknown =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  return Buffer.from(JSON.stringify([...others.map((list) => list?.map(String)), rawData ?? null], plain));
}

/** Formats the type of a tensor, such as `float[2]`. */
export const tensorType = ({ dataType, dims }: TensorProto): string =>
  `${elementTypeName(dataType ?? 0)}${shapeText((dims ?? []).map(String))}`;

/** The values of a tensor that is stored in the file, or the hash of its bytes if there are many. */
export function valuesText(tensor: TensorProto): string {
  const bytes = bytesOf(tensor);
  const dataType = tensor.dataType ?? 0;
  const element = RAW_ELEMENTS[dataType];
  const width = element?.bytes ?? 1;
  const count = bytes.length / width;
  if (!element || !Number.isInteger(count) || count > FEW)
    return `${bytes.length} bytes, sha256 ${markOf(bytes)}`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, i) => elementText(dataType, element.read(view, i * width))).join(
    ', ',
  );
}

/**
 * The location of a tensor's external data. With `files`, data files are numbered in order of their appearance, because
 * their names depend on the name of the model.
 */
export const placeText = ({ externalData }: TensorProto, files?: Map<string, number>): string =>
  (externalData ?? [])
    .map(({ key, value }) => {
      const text = value ?? '';
      if (key !== 'location' || !files) return `${key ?? ''} ${text}`;
      if (!files.has(text)) files.set(text, files.size);
      return `file ${files.get(text)}`;
    })
    .sort()
    .join(', ');

const tensorText = (tensor: TensorProto): string =>
  `${tensorType(tensor)} ${isExternal(tensor) ? placeText(tensor) : valuesText(tensor)}`;

export const sparseText = ({ values, indices, dims }: SparseTensorProto): string =>
  `sparse ${shapeText((dims ?? []).map(String))} ${[values, indices].map((one) => (one ? tensorText(one) : '–')).join(' at ')}`;

const stringText = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes).toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? JSON.stringify(text)
    : `0x${Buffer.from(bytes).toString('hex')}`;
};

const many =
  <T>(one: (value: T) => string) =>
  (values: readonly T[]): string =>
    `[${values.map(one).join(', ')}]`;

/**
 * The field of each AttributeProto.AttributeType, and a function that formats its value. Graphs are compared in
 * nodes.ts.
 */
const FIELDS: readonly (readonly [number, keyof AttributeProto, (value: never) => string])[] = [
  [ATTRIBUTE.float, 'f', floatText],
  [ATTRIBUTE.int, 'i', String],
  [ATTRIBUTE.string, 's', stringText],
  [ATTRIBUTE.tensor, 't', tensorText],
  [ATTRIBUTE.graph, 'g', () => 'a graph'],
  [ATTRIBUTE.floats, 'floats', many(floatText)],
  [ATTRIBUTE.ints, 'ints', many<Int64>(String)],
  [ATTRIBUTE.strings, 'strings', many(stringText)],
  [ATTRIBUTE.tensors, 'tensors', many(tensorText)],
  [ATTRIBUTE.graphs, 'graphs', (graphs: readonly unknown[]) => `${graphs.length} graphs`],
  [ATTRIBUTE.sparse_tensor, 'sparseTensor', sparseText],
  [ATTRIBUTE.sparse_tensors, 'sparseTensors', many(sparseText)],
  [ATTRIBUTE.type_proto, 'tp', typeText],
  [ATTRIBUTE.type_protos, 'typeProtos', many(typeText)],
];

const isEmpty = (value: unknown): boolean => value == null || (Array.isArray(value) && value.length === 0);

/** The value of an attribute: the field that its type selects, and any other field that is present. */
export function attributeText(attribute: AttributeProto): string {
  const { type, refAttrName } = attribute;
  const values = FIELDS.flatMap(([number, name, write]) => {
    const own = Object.hasOwn(attribute, name) ? attribute[name as keyof AttributeProto] : undefined;
    if (isEmpty(own)) return [];
    const text = write(own as never);
    return number === type ? [text] : [`${text} as ${name}, type ${type ?? 0}`];
  });
  if (refAttrName) values.push(`attribute of the call: ${refAttrName}`);
  return (
    values.join('; ') ||
    (type === ATTRIBUTE.int ? '0' : type === ATTRIBUTE.float ? '0.0' : `nothing, type ${type ?? 0}`)
  );
}

/** The graphs in an attribute. */
export const graphsIn = ({ g, graphs }: AttributeProto): readonly GraphProto[] => [
  ...(g ? [g] : []),
  ...(graphs ?? []),
];
