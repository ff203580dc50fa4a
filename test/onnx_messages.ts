/** Mutable copies of ONNX messages, for tests that change a model which they have read. */
import { decodeModelProto as decode } from '../compiler/onnx/decode.ts';
import type { Written } from '../compiler/onnx/model.ts';

export { encodeModelProto } from '../compiler/onnx/encode.ts';

export type Mutable<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer E)[]
    ? Mutable<E>[]
    : T extends object
      ? { -readonly [K in keyof T]: Mutable<T[K]> }
      : T;

type Model = Mutable<Written<'ModelProto'>>;

/** A model as the reader returns it: these lists are always present. */
export type ModelProto = Model & {
  [F in 'opsetImport' | 'functions' | 'metadataProps']: NonNullable<Model[F]>;
};

export type GraphProto = Mutable<Written<'GraphProto'>>;
export type FunctionProto = Mutable<Written<'FunctionProto'>>;
export type NodeProto = Mutable<Written<'NodeProto'>>;
export type TensorProto = Mutable<Written<'TensorProto'>>;
export type AttributeProto = Mutable<Written<'AttributeProto'>>;
export type ValueInfoProto = Mutable<Written<'ValueInfoProto'>>;

/** A deep copy. It shares nothing with the original, not even empty lists. */
export function copyOf<T>(value: T): Mutable<T> {
  if (value instanceof Uint8Array) return value as Mutable<T>;
  if (Array.isArray(value)) return value.map(copyOf) as Mutable<T>;
  if (typeof value !== 'object' || value === null) return value as Mutable<T>;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, copyOf(one)])) as Mutable<T>;
}

export const decodeModelProto = (bytes: Uint8Array): ModelProto => copyOf(decode(bytes));
