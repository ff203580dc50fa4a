/** The interface through which an op writes its ONNX nodes. `compiler/emit/write_scope.ts` implements it. */
import type { Dim } from './dim.ts';
import type { AttrRef, Literal, TensorType, ValueId } from './graph.ts';

/** An attribute of type FLOAT. A plain number is an INT. */
export interface FloatAttr {
  readonly float: number;
}

/** A number is INT, an array is INTS, a string is STRING. A reference reads an attribute of the enclosing function. */
export type OnnxAttr = number | readonly number[] | string | FloatAttr | Literal | AttrRef;

export interface OnnxScope {
  node(
    opType: string,
    ins: readonly string[],
    outs: readonly string[],
    attrs?: Readonly<Record<string, OnnxAttr>>,
    domain?: string,
  ): void;
  /** Makes the name of a new value of this graph. The type is absent where the IR has no such type (32-bit integers). */
  fresh(hint: string, type?: TensorType): string;
  /** The type of a value of the IR. */
  typeOf(id: ValueId): TensorType;
  /** The name of a constant tensor. Equal constants are shared. */
  literal(value: Literal): string;
  /** The name of a constant i64 vector. */
  i64(...values: readonly number[]): string;
  /** The name of an i64[1] tensor with the value of a dim, which is computed from the shapes of values that have it. */
  dim(d: Dim): string;
  /** The name of an i64 vector of dims. -1 and 0 have the same meaning as in ONNX's Reshape. */
  dims(dims: readonly Dim[]): string;
  /** The name of a large constant f32 table, which is generated row by row while the weights are written. */
  table(name: string, shape: readonly [number, number], row: (index: number) => Float32Array): string;
}
