/** Converts types, literals and attributes to ONNX messages. */
import { dimText } from '../ir/dim.ts';
import type { DType, Literal, TensorType } from '../ir/graph.ts';
import type { OnnxAttr } from '../ir/onnx_scope.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { ATTRIBUTE } from '../onnx/enums.ts';
import { toHalf } from '../onnx/half.ts';
import type { AttributeProto, TensorProto, ValueInfoProto } from '../onnx/model.ts';

/** The elements of a literal as raw data of each dtype. */
const RAW: Readonly<Record<DType, (data: readonly number[]) => ArrayBufferView>> = {
  f32: (data) => Float32Array.from(data),
  f16: (data) => toHalf(Float32Array.from(data)),
  i64: (data) => BigInt64Array.from(data, BigInt),
  bool: (data) => Uint8Array.from(data),
  i8: (data) => Int8Array.from(data),
  u8: (data) => Uint8Array.from(data),
};

export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

export const tensorProto = (name: string, value: Literal): TensorProto => ({
  name,
  dataType: ONNX_DTYPE[value.dtype],
  dims: [...value.shape],
  rawData: bytesOf(RAW[value.dtype](value.data)),
});

export const valueInfo = (name: string, t: TensorType): ValueInfoProto => ({
  name,
  type: {
    tensorType: {
      elemType: ONNX_DTYPE[t.dtype],
      shape: {
        dim: t.shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: dimText(d) })),
      },
    },
  },
});

export function attributeProto(name: string, value: OnnxAttr): AttributeProto {
  if (typeof value === 'number') return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === 'string') return { name, type: ATTRIBUTE.string, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: ATTRIBUTE.float, f: value.float };
  if ('dtype' in value) return { name, type: ATTRIBUTE.tensor, t: tensorProto('', value) };
  if ('ref' in value) {
    const type = name === 'value_float' ? ATTRIBUTE.float : ATTRIBUTE.int;
    return { name, type, refAttrName: value.ref };
  }
  return { name, type: ATTRIBUTE.ints, ints: [...value] };
}
