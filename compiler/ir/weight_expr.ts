/**
 * Expressions over weights. A node whose inputs are only weights (a `concat` of three matrices, a matrix times a
 * number) becomes an initializer, whose bytes stream from the source to the file in small pieces. An op that can be
 * computed in this way defines it in its own file (`Primitive.onWeights`).
 */
import type { DType, Literal, Node, TensorType } from './graph.ts';
import { isComposite, type Op } from './op.ts';
import { sizeOf } from './tensors.ts';
import { GROUP_OF, type WeightGroup, type WeightSource, type WeightSpec } from './weights.ts';

/** Some elements as they are stored. A Uint16Array contains the bits of float16 numbers. */
export type Piece = Float32Array | Uint16Array | Int8Array | Uint8Array;

/** A tensor that depends on weights alone. */
export interface WeightExpr {
  /** How the tensor is computed, as text. Tensors of one model with the same key, dtype and shape have the same elements. */
  readonly key: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** The groups of the weights from which the tensor is computed; empty for a table or a constant. */
  readonly madeOf: readonly WeightGroup[];
  /**
   * The group that its elements belong to. It is null for a tensor that is computed from no weight, or from weights of
   * several groups. A copy of a matrix that several parts share belongs to the group of the part that uses the copy.
   */
  readonly group: WeightGroup | null;
  /** The elements in row-major order, in pieces of a few megabytes at most. */
  readonly stream: (source: WeightSource) => AsyncIterable<Piece>;
}

/** Streams one output of an op on `WeightExpr` inputs; undefined if the output must be computed at run time. */
export type OnWeights = (
  ins: readonly (WeightExpr | null)[],
  node: Node,
  output: number,
) => WeightExpr['stream'] | undefined;

export const weightExpr = (weight: WeightSpec): WeightExpr => ({
  key: `weight ${weight.name}`,
  dtype: 'f32',
  shape: weight.shape,
  madeOf: [weight.group],
  group: weight.group,
  stream: (source) => source.read(weight),
});

export const tableExpr = (
  key: string,
  shape: readonly [number, number],
  row: (index: number) => Float32Array,
): WeightExpr => ({
  key: `table ${key}`,
  dtype: 'f32',
  shape,
  madeOf: [],
  group: null,
  async *stream() {
    for (let i = 0; i < shape[0]; i++) yield row(i);
  },
});

/** A small constant that is used together with weights, such as a factor. */
export const literalExpr = ({ dtype, shape, data }: Literal): WeightExpr => ({
  key: `literal ${dtype} ${shape} ${data.map(String)}`,
  dtype,
  shape,
  madeOf: [],
  group: null,
  async *stream() {
    yield Float32Array.from(data);
  },
});

/** Collects all elements of a float32 tensor, for ops that need them in another order. */
export async function collect(expr: WeightExpr, source: WeightSource): Promise<Float32Array> {
  const all = new Float32Array(sizeOf(expr.shape));
  let at = 0;
  for await (const piece of expr.stream(source)) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The attributes of a node as text. JSON alone would write infinity and NaN as null. */
const attrsKey = ({ attrs }: Node): string =>
  JSON.stringify(attrs, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );

/** The outputs of a node as expressions over weights; undefined if any output must be computed at run time. */
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
    // Computed when it is read, because few callers need it.
    get key() {
      const operands = ins.map((part) => part && `${part.dtype} ${part.shape} ${part.key}`);
      return `${op.name}.${i} ${attrsKey(node)} (${operands.join(', ')})`;
    },
    madeOf,
    group,
    dtype: types[i]!.dtype,
    shape: types[i]!.shape as readonly number[],
    stream: stream!,
  }));
}
