/**
 * Checks the error of quantised arithmetic for each linear separately. No tolerance is right for the outputs of a whole
 * graph, because a pooling jumps where two scores change places. So the result of each quantised linear is checked
 * against the error that its own steps allow, and is then replaced by the result of the float32 linear. With these
 * ops, the outputs of a graph are exact and equal to those before the pass. This shows that the pass puts the right
 * operands in the right places, and that its linears are as precise as their bits allow.
 *
 * float16 does not need this, because the interpreter does not round.
 */

import { PLAIN } from '../../compiler/ir/arithmetic.ts';
import type { Attrs } from '../../compiler/ir/graph.ts';
import { type Op, type Primitive, require, type Tensor } from '../../compiler/ir/op.ts';
import { OPS } from '../../compiler/ops/index.ts';

/** The tensor that each quantised tensor was made from. */
const sources = new WeakMap<Tensor, Tensor>();

const primitive = (name: string): Primitive => OPS[name] as Primitive;

/** The op, changed so that it also records the source of its result. */
const noting = (name: string): Op => ({
  ...primitive(name),
  ref: (ins, attrs, dim, m) => {
    const results = primitive(name).ref!(ins, attrs, dim, m);
    sources.set(results[0]!, ins[0]!);
    return results;
  },
});

function sourceOf(q: Tensor): Tensor {
  const source = sources.get(q);
  require(source !== undefined, () => 'a quantised operand that was not quantised by its op');
  return source;
}

/** The operands of a linear, exact and quantised, and the largest errors that quantisation may cause. */
interface Operands {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  /** The quantised values of x and weight, in the same order. */
  readonly xs: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly dx: number;
  readonly dw: ArrayLike<number>;
}

/** The error of float32 scales, and of sums that are added in another order. */
const FLOATS = 1e-6;

/** Expects the quantised result to be within its bound, and returns the exact one. */
function held({ x, weight, bias, xs, weights, dx, dw }: Operands): readonly Tensor[] {
  const [out, width] = weight.shape as readonly [number, number];
  const exact = primitive('linear').ref!([x, weight, bias], {}, Number, PLAIN);
  for (let r = 0; r < x.data.length / width; r++) {
    for (let o = 0; o < out; o++) {
      let [got, allowed] = [bias?.data[o] ?? 0, FLOATS];
      for (let i = 0; i < width; i++) {
        const [row, column] = [r * width + i, o * width + i];
        const [xi, wi] = [Math.abs(x.data[row]!), Math.abs(weight.data[column]!)];
        got += xs[row]! * weights[column]!;
        allowed += wi * dx + (xi + dx) * dw[column]! + xi * wi * FLOATS;
      }
      const want = exact[0]!.data[r * out + o]!;
      require(Math.abs(got - want) <= allowed, () =>
        `a quantised linear gives ${got} instead of ${want}, which its steps do not allow (${allowed})`);
    }
  }
  return exact;
}

const mostOf = (data: Float64Array): number => data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * Activations may be off by half a step for rounding and half a step for the zero point. Weights may be off by half of
 * one of the 63 steps of each output.
 */
function dynamic(ins: readonly (Tensor | null)[]): readonly Tensor[] {
  const [q, scale, zero, wq, wscale, bias = null] = ins as readonly [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor?,
  ];
  const [x, weight] = [sourceOf(q), sourceOf(wq)];
  const [out, width] = weight.shape as readonly [number, number];
  const range = x.data.reduce((a, b) => Math.max(a, b), 0) - x.data.reduce((a, b) => Math.min(a, b), 0);
  return held({
    x,
    weight,
    bias,
    xs: q.data.map((step) => scale.data[0]! * (step - zero.data[0]!)),
    weights: weight.data.map((_, at) => {
      const o = Math.floor(at / width);
      return wscale.data[o]! * wq.data[(at % width) * out + o]!;
    }),
    dx: range / 255,
    dw: byBlock(weight, width, (most) => most / 63 / 2),
  });
}

/** A number for each weight, computed from the largest weight in its block. */
function byBlock(weight: Tensor, block: number, f: (most: number) => number): Float64Array {
  const width = weight.shape[1]!;
  const result = new Float64Array(weight.data.length);
  for (let row = 0; row < result.length; row += width) {
    for (let start = row; start < row + width; start += block) {
      const end = Math.min(start + block, row + width);
      result.fill(f(mostOf(weight.data.subarray(start, end))), start, end);
    }
  }
  return result;
}

/** Weights in blocks may be off by half a step, or by a whole step at the end of the range opposite to the largest. */
function blockwise(ins: readonly (Tensor | null)[], attrs: Attrs): readonly Tensor[] {
  const [x, q, scale, bias = null] = ins as readonly [Tensor, Tensor, Tensor, Tensor?];
  const [bits, block, weight] = [attrs.bits as number, attrs.block as number, sourceOf(q)];
  const width = weight.shape[1]!;
  const [half, perRow, perByte] = [2 ** (bits - 1), q.shape[1]!, 8 / bits];
  return held({
    x,
    weight,
    bias,
    xs: x.data,
    weights: weight.data.map((_, at) => {
      const [o, i] = [Math.floor(at / width), at % width];
      const place = o * perRow * block + i;
      const byte = q.data[Math.floor(place / perByte)]!;
      const step = Math.floor(byte / 2 ** (bits * (place % perByte))) % 2 ** bits;
      return scale.data[o * perRow + Math.floor(i / block)]! * (step - half);
    }),
    dx: 0,
    dw: byBlock(weight, block, (most) => most / half),
  });
}

const asPrimitive = (name: string, ref: Primitive['ref']): Op => {
  const { body: _, ...op } = OPS[name] as Op & { readonly body: unknown };
  return { ...op, infer: () => [], onnx: '', ref } as Primitive;
};

export const STEPWISE: typeof OPS = {
  ...OPS,
  ...Object.fromEntries(
    ['quantize_dynamic', 'quantize_channels', 'quantize_blocks'].map((name) => [name, noting(name)]),
  ),
  linear_dynamic: asPrimitive('linear_dynamic', dynamic),
  linear_blockwise: asPrimitive('linear_blockwise', blockwise),
};
