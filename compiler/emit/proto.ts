/**
 * The ONNX messages, and what onnx-proto 8 (ONNX 1.10) lacks of them: the `overload` of functions and
 * of the nodes that call them, and the types of values inside functions (IR version 10). protobufjs
 * writes those fields after the known ones, which is where their numbers put them.
 */
import onnxProto, { type onnx as Onnx } from 'onnx-proto';
import type { Writer } from 'protobufjs';

export const onnx = onnxProto.onnx;

export type NodeProto = Onnx.INodeProto & { overload?: string };
export type FunctionProto = Onnx.IFunctionProto & { overload?: string; valueInfo?: Onnx.IValueInfoProto[] };
export type ValueInfo = Onnx.IValueInfoProto;
export type TensorProto = Onnx.ITensorProto;
export type GraphProto = Onnx.IGraphProto;
export type ModelProto = Onnx.IModelProto;
export type AttributeProto = Onnx.IAttributeProto;

/** Opset 23 brought `Attention`; IR version 11 goes with it. */
export const OPSET = 23;
export const IR_VERSION = 11;
export const DOMAIN = 'ai.benben';
export const DOMAIN_VERSION = 1;

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
