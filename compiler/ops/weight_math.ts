/**
 * What ops compute of weights alone, while the artifact is written: float32 in, float64 in between, rounded
 * once. The operand that may be large is streamed; what is held is a vector, or the result of a product.
 */
import { collect, type OnWeights, type WeightExpr } from '../ir/weight_expr.ts';

const isFloat = (part: WeightExpr | null | undefined): part is WeightExpr => part?.dtype === 'f32';

const countOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const sameShape = (a: WeightExpr, b: WeightExpr): boolean =>
  a.shape.length === b.shape.length && a.shape.every((d, i) => d === b.shape[i]);

/** Whether y is one number, and x has the shape of the result. */
const isScalarBeside = (y: WeightExpr, x: WeightExpr): boolean =>
  countOf(y.shape) === 1 && y.shape.length <= x.shape.length;

/** f(x_i, y_i) where both have one shape, or one of them is a single number. */
export const pointwise =
  (f: (x: number, y: number) => number): OnWeights =>
  ([x, y]) => {
    if (!isFloat(x) || !isFloat(y)) return undefined;
    if (sameShape(x, y) || isScalarBeside(y, x)) return streamed(x, y, f);
    return isScalarBeside(x, y) ? streamed(y, x, (b, a) => f(a, b)) : undefined;
  };

/** Streams `large` beside all of `held`. */
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

/** x · y of two matrices; y is streamed. */
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

/** The same elements, whatever their dtype. */
export const unchanged: OnWeights = ([x]) => x?.stream;
