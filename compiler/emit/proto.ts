/**
 * The ONNX messages, and what onnx-proto 8 (ONNX 1.10) lacks of them: the `overload` of functions and
 * of the nodes that call them, and the types of values inside functions (IR version 10). protobufjs
 * writes those fields after the known ones, which is where their numbers put them.
 */
import onnxProto from 'onnx-proto';
import type { Writer } from 'protobufjs';
import type { FunctionProto, ModelProto, NodeProto, ValueInfo } from './messages.ts';

const { onnx } = onnxProto;

const lengthDelimited = (field: number): number => (field << 3) | 2;

type Encode<T> = (message: T, writer?: Writer) => Writer;

const { encode: encodeNode } = onnx.NodeProto as unknown as { encode: Encode<NodeProto> };
const { encode: encodeFunction } = onnx.FunctionProto as unknown as { encode: Encode<FunctionProto> };
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
    for (const info of message.valueInfo ?? []) {
      valueInfo.encode(info, out.uint32(lengthDelimited(12)).fork()).ldelim();
    }
    return message.overload ? out.uint32(lengthDelimited(13)).string(message.overload) : out;
  }) satisfies Encode<FunctionProto>,
});

export const encodeModelProto = (model: object): Uint8Array => onnx.ModelProto.encode(model).finish();

/** Throws on bytes that are no messages. */
export const decodeModelProto = (bytes: Uint8Array): ModelProto =>
  onnx.ModelProto.decode(bytes) as unknown as ModelProto;

/** `float` for 1, as TensorProto.DataType spells it. */
export const dtypeName = (elemType: number): string =>
  (onnx.TensorProto.DataType[elemType] ?? '?').toLowerCase();
