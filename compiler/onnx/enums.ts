/** Enums of ONNX. The element types have a separate table (element_types.ts). */
import type { onnx } from 'onnx-proto';

/**
 * The numbers of an enum of onnx-proto, by its names in lower case. Only the type checker reads these enums.
 * Importing them at run time would load all of onnx-proto, whose code these tables replace.
 */
export type EnumNumbers<E> = {
  readonly [K in keyof E & string as Lowercase<K>]: `${E[K] & number}` extends `${infer N extends number}`
    ? N
    : never;
};

/** AttributeProto.AttributeType. This compiles only where onnx-proto has the same numbers. */
export const ATTRIBUTE = {
  undefined: 0,
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparse_tensor: 11,
  sparse_tensors: 12,
  type_proto: 13,
  type_protos: 14,
} as const satisfies EnumNumbers<typeof onnx.AttributeProto.AttributeType>;

/** The value EXTERNAL of TensorProto.DataLocation. */
export const EXTERNAL = 1 satisfies EnumNumbers<typeof onnx.TensorProto.DataLocation>['external'];
