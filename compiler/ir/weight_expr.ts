/**
 * Expressions over weights, streamed: what a pass writes of weights alone (a `concat` of three matrices, a
 * matrix times a number) becomes an initializer whose bytes flow from the source to the file in small
 * pieces. An op that can be computed so says how in its own file (`Primitive.onWeights`).
 */
import type { DType, Literal, Node, TensorType } from './graph.ts';
import { isComposite, type Op } from './op.ts';
import { GROUP_OF, type WeightGroup, type WeightSource, type WeightSpec } from './weights.ts';

/** Elements as they are stored; a Uint16Array holds the bits of float16. */
export type Piece = Float32Array | Uint16Array | Int8Array | Uint8Array;

/** A tensor that is known once the weights are. */
export interface WeightExpr {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The groups of the weights that it is made of; none for a table or a constant. */
  readonly madeOf: readonly WeightGroup[];
  /**
   * The group whose trained numbers these are; null for what is derived: made of no weight, or of several groups. A
   * copy of a matrix that several parts share belongs to the group of the part that it is made for.
   */
  readonly group: WeightGroup | null;
  /** The elements in row-major order, in pieces of at most some megabytes. */
  readonly stream: (source: WeightSource) => AsyncIterable<Piece>;
}

/** One output of an op whose inputs, if it has any, are all such tensors, or undefined where it must be computed at run time. */
export type OnWeights = (
  ins: readonly (WeightExpr | null)[],
  node: Node,
  output: number,
) => WeightExpr['stream'] | undefined;

export const weightExpr = (weight: WeightSpec): WeightExpr => ({
  dtype: 'f32',
  shape: weight.shape,
  madeOf: [weight.group],
  group: weight.group,
  stream: (source) => source.read(weight),
});

export const tableExpr = (
  shape: readonly [number, number],
  row: (index: number) => Float32Array,
): WeightExpr => ({
  dtype: 'f32',
  shape,
  madeOf: [],
  group: null,
  async *stream() {
    for (let i = 0; i < shape[0]; i++) yield row(i);
  },
});

/** A small constant beside weights, such as a factor. */
export const literalExpr = ({ dtype, shape, data }: Literal): WeightExpr => ({
  dtype,
  shape,
  madeOf: [],
  group: null,
  async *stream() {
    yield Float32Array.from(data);
  },
});

/** All elements of a float32 tensor at once, for ops that need them in another order. */
export async function collect(expr: WeightExpr, source: WeightSource): Promise<Float32Array> {
  const all = new Float32Array(expr.shape.reduce((a, b) => a * b, 1));
  let at = 0;
  for await (const piece of expr.stream(source)) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The outputs of a node as weights; undefined when the run-time graph must compute any of them. */
export function exprsOf(
  op: Op,
  node: Node,
  ins: readonly (WeightExpr | null | undefined)[],
  types: readonly TensorType[],
): readonly WeightExpr[] | undefined {
  if (isComposite(op) || !op.onWeights) return undefined;
  if (ins.some((part) => part === undefined)) return undefined;
  const streams = node.outs.map((_, i) => op.onWeights!(ins as readonly (WeightExpr | null)[], node, i));
  if (streams.some((stream) => stream === undefined)) return undefined;
  const madeOf = [...new Set(ins.flatMap((part) => part?.madeOf ?? []))];
  const { part } = node.place;
  const group = madeOf.length === 1 ? (part ? GROUP_OF[part] : madeOf[0]!) : null;
  return streams.map((stream, i) => ({
    madeOf,
    group,
    dtype: types[i]!.dtype,
    shape: types[i]!.shape as readonly number[],
    stream: stream!,
  }));
}
