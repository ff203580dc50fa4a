/**
 * The ONNX messages, and what onnx-proto 8 (ONNX 1.10) lacks of them: the `overload` of functions and
 * of the nodes that call them, and the types of values inside functions (IR version 10). protobufjs
 * writes those fields after the known ones, which is where their numbers put them; what is read is
 * looked through once more for them.
 */
import onnxProto from 'onnx-proto';
import { Reader, type Writer } from 'protobufjs';
import type { AttributeProto, FunctionProto, ModelProto, NodeProto, ValueInfo } from './written.ts';

const { onnx } = onnxProto;

const lengthDelimited = (field: number): number => (field << 3) | 2;

type Encode<T> = (message: T, writer?: Writer) => Writer;

const { encode: encodeNode } = onnx.NodeProto as unknown as { encode: Encode<NodeProto> };
const { encode: encodeFunction } = onnx.FunctionProto as unknown as { encode: Encode<FunctionProto> };
const attributeProto = onnx.AttributeProto as unknown as { encode: Encode<AttributeProto> };
const valueInfo = onnx.ValueInfoProto as unknown as { encode: Encode<ValueInfo> };

Object.assign(onnx.NodeProto, {
  encode: ((message, writer) => {
    const out = encodeNode(message, writer);
    return message.overload ? out.uint32(lengthDelimited(8)).string(message.overload) : out;
  }) satisfies Encode<NodeProto>,
});

Object.assign(onnx.FunctionProto, {
  encode: ((message, writer) => {
    const out = encodeFunction(message, writer);
    for (const attribute of message.attributeProto ?? []) {
      attributeProto.encode(attribute, out.uint32(lengthDelimited(11)).fork()).ldelim();
    }
    for (const info of message.valueInfo ?? []) {
      valueInfo.encode(info, out.uint32(lengthDelimited(12)).fork()).ldelim();
    }
    return message.overload ? out.uint32(lengthDelimited(13)).string(message.overload) : out;
  }) satisfies Encode<FunctionProto>,
});

type Decode<T> = (reader: Reader, length?: number) => T;

/** A decoder that also reads fields that the original one skips: each by its number. */
function reading<T>(
  original: Decode<T>,
  fields: Readonly<Record<number, (message: T, bytes: Uint8Array) => void>>,
): Decode<T> {
  return (reader, length) => {
    const [start, end] = [reader.pos, length === undefined ? reader.len : reader.pos + length];
    const message = original(reader, length);
    const again = Reader.create(reader.buf);
    again.pos = start;
    while (again.pos < end) {
      const tag = again.uint32();
      const field = (tag & 7) === 2 ? fields[tag >>> 3] : undefined;
      if (field) field(message, again.bytes());
      else again.skipType(tag & 7);
    }
    return message;
  };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

Object.assign(onnx.NodeProto, {
  decode: reading((onnx.NodeProto as unknown as { decode: Decode<NodeProto> }).decode, {
    8: (node, bytes) => {
      node.overload = text(bytes);
    },
  }),
});

Object.assign(onnx.FunctionProto, {
  decode: reading((onnx.FunctionProto as unknown as { decode: Decode<FunctionProto> }).decode, {
    11: (f, bytes) => {
      f.attributeProto = [...(f.attributeProto ?? []), onnx.AttributeProto.decode(bytes) as AttributeProto];
    },
    12: (f, bytes) => {
      f.valueInfo = [...(f.valueInfo ?? []), onnx.ValueInfoProto.decode(bytes) as ValueInfo];
    },
    13: (f, bytes) => {
      f.overload = text(bytes);
    },
  }),
});

export const encodeModelProto = (model: object): Uint8Array => onnx.ModelProto.encode(model).finish();

/**
 * Throws on bytes that are no messages. Reads a plain array, no `Buffer`: protobufjs makes empty values of the same class, and Node
 * deprecates `new Buffer`.
 */
export const decodeModelProto = (bytes: Uint8Array): ModelProto =>
  onnx.ModelProto.decode(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  ) as unknown as ModelProto;

/** `float` for 1, as TensorProto.DataType spells it. */
export const dtypeName = (elemType: number): string =>
  (onnx.TensorProto.DataType[elemType] ?? '?').toLowerCase();
