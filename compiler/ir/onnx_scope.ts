/** What an op sees of the ONNX graph that is being written. The writer itself is `graph.ts`. */
import type { Dim } from './dim.ts';
import type { AttrRef, Literal, TensorType, ValueId } from './graph.ts';

/** Marks an attribute as a float, which a whole number would not show. */
export interface FloatAttr {
  readonly float: number;
}

/** A whole number is an INT, an array INTS, a string STRING; a ref is the enclosing function's attribute. */
export type OnnxAttr = number | readonly number[] | string | FloatAttr | Literal | AttrRef;

export interface OnnxScope {
  node(
    opType: string,
    ins: readonly string[],
    outs: readonly string[],
    attrs?: Readonly<Record<string, OnnxAttr>>,
    domain?: string,
  ): void;
  /** The name of a new value of this graph; without a type where it is none of the IR's (32-bit sums). */
  fresh(hint: string, type?: TensorType): string;
  /** The type of a value of the IR. */
  typeOf(id: ValueId): TensorType;
  /** The name of a constant tensor; equal ones are shared. */
  literal(value: Literal): string;
  /** The name of a constant i64 vector. */
  i64(...values: readonly number[]): string;
  /** The name of an i64[1] holding a dim, computed from the shapes at hand. */
  dim(d: Dim): string;
  /** The name of an i64 vector of dims; -1 and 0 mean what ONNX Reshape means by them. */
  dims(dims: readonly Dim[]): string;
  /** The name of a large constant f32 table that is generated row by row when weights are written. */
  table(name: string, shape: readonly [number, number], row: (index: number) => Float32Array): string;
}
