/**
 * Computations on weights alone, which run while the artifact is written. They read float32, compute in float64
 * and round once. The operand that may be large is streamed; only the other operand or the result of a product is
 * kept in memory.
 */
import { sizeOf } from '../ir/tensors.ts';
import { collect, type OnWeights, type WeightExpr } from '../ir/weight_expr.ts';

const isFloat = (part: WeightExpr | null | undefined): part is WeightExpr => part?.dtype === 'f32';

const sameShape = (a: WeightExpr, b: WeightExpr): boolean =>
  a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i]);

/** Whether y is a single number and x has the shape of the result. */
const isScalarBeside = (y: WeightExpr, x: WeightExpr): boolean =>
  sizeOf(y.shape) === 1 && y.shape.length <= x.shape.length;

/** f(x_i, y_i) for operands of equal shape, or if one operand is a single number. */
export const pointwise =
  (f: (x: number, y: number) => number): OnWeights =>
  ([x, y]) => {
    if (!isFloat(x) || !isFloat(y)) return undefined;
    if (sameShape(x, y) || isScalarBeside(y, x)) return streamed(x, y, f);
    return isScalarBeside(x, y) ? streamed(y, x, (b, a) => f(a, b)) : undefined;
  };

/** Streams `large` and keeps all of `held` in memory. */
const streamed = (
  large: WeightExpr,
  held: WeightExpr,
  f: (x: number, y: number) => number,
): WeightExpr['stream'] =>
  async function* (source) {
    const beside = await collect(held, source);
    let start = 0;
    for await (const piece of large.stream(source)) {
      const [from, single] = [start, beside.length === 1];
      yield Float32Array.from(piece, (x, i) => f(x, beside[single ? 0 : from + i]!));
      start += piece.length;
    }
  };

/** The product x · y of two matrices. Only y is streamed. */
export const product: OnWeights = ([x, y]) => {
  if (!isFloat(x) || !isFloat(y) || x.shape.length !== 2 || y.shape.length !== 2) return undefined;
  const [rows, inner, columns] = [x.shape[0]!, x.shape[1]!, y.shape[1]!];
  return async function* (source) {
    const left = await collect(x, source);
    const sums = new Float64Array(rows * columns);
    let position = 0;
    for await (const piece of y.stream(source)) {
      for (const value of piece) {
        const [c, column] = [Math.floor(position / columns), position % columns];
        for (let row = 0; row < rows; row++) sums[row * columns + column]! += left[row * inner + c]! * value;
        position++;
      }
    }
    yield Float32Array.from(sums);
  };
};

/** The same elements, of any dtype. */
export const unchanged: OnWeights = ([x]) => x?.stream;
