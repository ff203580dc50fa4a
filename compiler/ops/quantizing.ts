/** Helpers of the ops that quantise: rounding, scales, whole rows of streamed weights, and single ONNX nodes. */

import type { Arithmetic } from '../ir/arithmetic.ts';
import type { Dim } from '../ir/dim.ts';
import { type DType, type } from '../ir/graph.ts';
import type { OnnxAttr, OnnxScope } from '../ir/onnx_scope.ts';
import type { WeightExpr } from '../ir/weight_expr.ts';
import type { WeightSource } from '../ir/weights.ts';

/** Rounds to the nearest integer, and a tie to the even integer, as ONNX and numpy do. */
export function roundEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  if (rest !== 0.5) return rest < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/**
 * x / scale, rounded to the nearest integer and limited to the range. The division is in float32, as in ONNX Runtime.
 * Adding 0 turns −0 into 0, because integers have no −0.
 */
export const steps = (x: number, scale: number, low: number, high: number, m: Arithmetic): number =>
  Math.min(high, Math.max(low, roundEven(Math.fround(m.over(x, scale))))) + 0;

/** The smallest scale. Smaller float32 numbers lose digits, and some processors treat them as zero. */
export const LEAST_SCALE = 2 ** -126;

/** A float32 scale that is safe to divide by: 1 for weights that are all zero or almost so. */
export function scaleOf(extreme: number, count: number, m: Arithmetic): number {
  const scale = Math.fround(m.over(extreme, count));
  return Math.abs(scale) < LEAST_SCALE ? 1 : scale;
}

/** Regroups a streamed matrix of weights into pieces that contain whole rows. */
export async function* wholeRows(expr: WeightExpr, source: WeightSource): AsyncGenerator<Float32Array> {
  const width = expr.shape.at(-1)!;
  let left = new Float32Array(0);
  for await (const piece of expr.stream(source)) {
    const all = new Float32Array(left.length + piece.length);
    all.set(left);
    all.set(piece, left.length);
    const whole = all.length - (all.length % width);
    if (whole > 0) yield all.subarray(0, whole);
    left = all.slice(whole);
  }
}

/** Writes one node and returns the name of its result. */
export type Step = (
  opType: string,
  ins: readonly string[],
  dtype: DType,
  shape: readonly Dim[],
  attrs?: Readonly<Record<string, OnnxAttr>>,
) => string;

export const stepsIn =
  (scope: OnnxScope): Step =>
  (opType, ins, dtype, shape, attrs = {}) => {
    const result = scope.fresh(opType, type(dtype, ...shape));
    scope.node(opType, ins, [result], attrs);
    return result;
  };

export const numberIn = (scope: OnnxScope, value: number): string =>
  scope.literal({ dtype: 'f32', shape: [], data: [value] });
