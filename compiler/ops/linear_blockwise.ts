/**
 * A linear whose weights are quantised (`quantize_blocks`) to 8 or 4 bits with a scale for each block, but whose
 * activations are not:
 *
 *     y[…, o] = Σ_i x[…, i] · w[o, i] + bias[o]      w = scale · (q − 2^(bits − 1))
 *
 * The kernel MatMulNBits adds another error: with accuracy_level 4, it also rounds x to 8 bits, which makes it fast.
 * The scale of this rounding is the largest magnitude of each block of each row. Rows never share a scale, so the
 * result of a row does not depend on its neighbours.
 *
 * C1: the last length of x is `in`; q is [out, ceil(in / block), block · bits / 8].
 */

import type { Builder, Value } from '../ir/build.ts';
import { mul as times } from '../ir/dim.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { type Attrs, type Literal, type } from '../ir/graph.ts';
import { kernels } from '../ir/kernels.ts';
import { type Composite, type OnnxForm, require } from '../ir/op.ts';
import { CONTRIB } from '../onnx/versions.ts';
import { intDiv, mod, mul, sub } from './binary.ts';
import { cast } from './cast.ts';
import { scalar } from './constants.ts';
import { reshape, unsqueeze } from './layout.ts';
import { linear } from './linear.ts';
import { concat, slice } from './pieces.ts';
import { expectDType, expectRank, int, present } from './shapes.ts';

/** The two values of each byte, the low half first, along a new last axis. */
function halves(b: Builder, q: Value): Value {
  const byte = b.add(cast, [q], { to: 'i64' });
  const low = b.add(mod, [byte, scalar(b, 'i64', 16)]);
  const high = b.add(intDiv, [byte, scalar(b, 'i64', 16)]);
  return b.add(
    concat,
    [low, high].map((x) => b.add(unsqueeze, [x], { axis: -1 })),
    { axis: 3 },
  );
}

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [x, q, scale, bias = null] = ins as readonly [Value, Value, Value, (Value | null)?];
  const [bits, block] = [int(attrs, 'bits'), int(attrs, 'block')];
  const [out, count, width] = [q.type.shape[0]!, q.type.shape[1]!, x.type.shape.at(-1)!];
  const whole = bits === 8 ? q : b.add(reshape, [halves(b, q)], { shape: [out, count, block] });
  const number = b.add(cast, [whole], { to: 'f32' });
  const centred = b.add(sub, [number, scalar(b, 'f32', 2 ** (bits - 1))]);
  const scaled = b.add(mul, [centred, b.add(unsqueeze, [scale], { axis: -1 })]);
  const rows = b.add(reshape, [scaled], { shape: [out, times(count, block)] });
  return [b.add(linear, [x, b.add(slice, [rows], { axis: 1, start: 0, end: width }), bias])];
}

const nbits: OnnxForm = (scope, [x, q, scale, bias], [y], node) => {
  const sizes = { K: int(node.attrs, 'in'), N: int(node.attrs, 'out') };
  const how = { bits: int(node.attrs, 'bits'), block_size: int(node.attrs, 'block'), accuracy_level: 4 };
  const write = (ins: readonly string[], out: string): void =>
    scope.node('MatMulNBits', [x!, q!, scale!, ...ins], [out], { ...sizes, ...how }, CONTRIB);
  if (!bias) return write([], y!);
  // ONNX Runtime refuses a bias of unknown length.
  if (typeof scope.typeOf(node.ins[3]!).shape[0] === 'number') return write(['', '', bias], y!);
  const product = scope.fresh('product', scope.typeOf(node.outs[0]!));
  write([], product);
  scope.node('Add', [product, bias], [y!]);
};

/** An x that 8 bits represent exactly: integers, with 127 or −127 in each block of 16. */
const EXACT: Literal = {
  dtype: 'f32',
  shape: [2, 20],
  data: Array.from({ length: 40 }, (_, i) =>
    i % 20 === 3 ? 127 : i % 20 === 17 ? -127 : ((i * 37) % 120) - 60,
  ),
};

export const linearBlockwise: Composite = {
  name: 'linear_blockwise',
  doc: 'y = x · Wᵀ + bias with W in 8 or 4 bits and a scale for each of its blocks, as `quantize_blocks` gives them.',
  float16: NO_FLOATS,
  quantised: 'weights',
  ins: ['x', 'q', 'scale', 'bias?'],
  outs: ['y'],
  attrs: {
    bits: { kind: 'int' },
    block: { kind: 'int' },
    in: { kind: 'int' },
    out: { kind: 'int' },
    kernel: { kind: 'string', default: 'body', hint: true },
  },
  samples: [
    { ins: [EXACT, 'u8[5, 2, 16]', 'f32[5, 2]', 'f32[5]'], attrs: { bits: 8, block: 16, in: 20, out: 5 } },
    { ins: [EXACT, 'u8[5, 2, 8]', 'f32[5, 2]', null], attrs: { bits: 4, block: 16, in: 20, out: 5 } },
  ],
  infer: ([x, q, scale], attrs) => {
    const [t, w, s] = [present(x, 'x'), present(q, 'q'), present(scale, 'scale')];
    expectDType(t, 'x', 'f32');
    expectDType(w, 'q', 'u8');
    expectRank(w, 'q', 3);
    expectRank(s, 'scale', 2);
    const [bits, block, width, out] = ['bits', 'block', 'in', 'out'].map((name) => int(attrs, name));
    const want = [width, out, Math.ceil(width! / block!), (block! * bits!) / 8];
    const got = [t.shape.at(-1), w.shape[0], w.shape[1], w.shape[2]];
    const fits = got.every((d, i) => typeof d !== 'number' || d === want[i]);
    require(fits, () =>
      `C1: the inputs do not fit a linear from ${width} to ${out} with ${bits} bits in blocks of ${block}`);
    return [type('f32', ...t.shape.slice(0, -1), out!)];
  },
  body,
  // Both kinds of GPU have the kernel for weights in blocks.
  kernels: kernels(
    {
      // The input for the bias came with ONNX Runtime 1.19, and weights of 8 bits with 1.22.
      nbits: { write: nbits, needs: ({ bits }) => ({ onnxRuntime: bits === 8 ? '1.22' : '1.19' }) },
    },
    { cpu: 'nbits', cuda: 'nbits', webgpu: 'nbits', portable: 'body' },
  ),
};
