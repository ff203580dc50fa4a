/**
 * Quantised arithmetic, held to its error step by step. No tolerance is right for what a whole graph gives: a
 * pooling jumps where two scores change places. So each quantised linear is held to the error that its own
 * steps allow, and then gives what the float32 linear would have given: what a graph gives by these ops is
 * exact, and equal to what it gave before the pass. Together: the pass put the right operands in the right
 * places, and what its linears give is as near as their bits allow.
 *
 * float16 needs none of this: the interpreter rounds nothing.
 */

import { PLAIN } from '../../compiler/ir/arithmetic.ts';
import type { Attrs } from '../../compiler/ir/graph.ts';
import { type Op, type Primitive, require, type Tensor } from '../../compiler/ir/op.ts';
import { OPS } from '../../compiler/ops/index.ts';

/** Of what a quantised tensor was made. */
const sources = new WeakMap<Tensor, Tensor>();

const primitive = (name: string): Primitive => OPS[name] as Primitive;

/** The op itself, which notes its source. */
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

/** What a linear multiplies, exact and as its steps have it, and the most that the two may be off. */
interface Operands {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  /** Of the same order as x and weight. */
  readonly xs: ArrayLike<number>;
  readonly weights: ArrayLike<number>;
  readonly dx: number;
  readonly dw: ArrayLike<number>;
}

/** float32 scales, and sums that add up in another order. */
const FLOATS = 1e-6;

/** Holds the quantised result to its bound; gives the exact one. */
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

/** Activations: half a step of rounding, half of the zero's. Weights: half a step of 63 for each output. */
function dynamic(ins: readonly (Tensor | null)[]): readonly Tensor[] {
  const [q, scale, zero, wq, wscale, bias = null] = ins as readonly [
    ...[Tensor, Tensor, Tensor, Tensor, Tensor],
    Tensor?,
  ];
  const [x, weight] = [sourceOf(q), sourceOf(wq)];
  const [out, width] = weight.shape as readonly [number, number];
  const range = x.data.reduce((a, b) => Math.max(a, b), 0) - x.data.reduce((a, b) => Math.min(a, b), 0);
  return held({
    ...{ x, weight, bias },
    xs: q.data.map((step) => scale.data[0]! * (step - zero.data[0]!)),
    weights: weight.data.map((_, at) => {
      const o = Math.floor(at / width);
      return wscale.data[o]! * wq.data[(at % width) * out + o]!;
    }),
    dx: range / 255,
    dw: byBlock(weight, width, (most) => most / 63 / 2),
  });
}

/** For each weight, what is made of the largest in its block. */
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

/** Weights in blocks: half a step, and a whole one at the end of the range that the largest does not take. */
function blockwise(ins: readonly (Tensor | null)[], attrs: Attrs): readonly Tensor[] {
  const [x, q, scale, bias = null] = ins as readonly [Tensor, Tensor, Tensor, Tensor?];
  const [bits, block, weight] = [attrs.bits as number, attrs.block as number, sourceOf(q)];
  const width = weight.shape[1]!;
  const [half, perRow, perByte] = [2 ** (bits - 1), q.shape[1]!, 8 / bits];
  return held({
    ...{ x, weight, bias, xs: x.data },
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
