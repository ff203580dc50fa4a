/**
 * Quantises the weights [out, in] of a linear to 8 or 4 bits, with one scale for each block of `block` neighbours
 * along `in`, in the layout of the kernel MatMulNBits (which assumes a zero point at half of the range). Let e be
 * the block's element of largest magnitude (the first among equals) and half = 2^(bits − 1):
 *
 *     scale = e / −half        q = round(w / scale) + half, between 0 and 2 · half − 1
 *
 * This is computed in float32, with ties rounded to even. So e is represented exactly, and all 2 · half values are
 * used. The last block is filled with zeros. A block of zeros has scale 1. Two 4-bit values share a byte, the first in
 * its low half.
 *
 * q is u8 [out, ceil(in / block), block · bits / 8], scale is f32 [out, ceil(in / block)]. C1: bits is 8 or 4, and
 * block is a power of two of at least 16, as the kernel requires.
 */

import { type Arithmetic, PLAIN } from '../ir/arithmetic.ts';
import { ceilDiv, type Dim, mul, sub } from '../ir/dim.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { type } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { tensor } from '../ir/tensors.ts';
import { each, elements, together } from '../ir/work.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { LEAST_SCALE, numberIn, scaleOf, steps, stepsIn, wholeRows } from './quantizing.ts';
import { expectDType, expectRank, int, present } from './shapes.ts';

interface Blocks {
  readonly q: Uint8Array;
  readonly scale: Float32Array;
}

/** Quantises rows of `width` elements, which follow each other in `data`. */
function quantizeRows(
  data: ArrayLike<number>,
  width: number,
  { bits, block }: { readonly bits: number; readonly block: number },
  m: Arithmetic,
): Blocks {
  const [rows, perRow, half] = [data.length / width, Math.ceil(width / block), 2 ** (bits - 1)];
  const [scale, perByte] = [new Float32Array(rows * perRow), 8 / bits];
  const q = new Uint8Array((rows * perRow * block) / perByte);
  for (let b = 0; b < scale.length; b++) {
    const start = Math.floor(b / perRow) * width + (b % perRow) * block;
    const end = Math.min(start + block, (Math.floor(b / perRow) + 1) * width);
    let extreme = 0;
    for (let i = start; i < end; i++) if (Math.abs(data[i]!) > Math.abs(extreme)) extreme = data[i]!;
    scale[b] = scaleOf(extreme, -half, m);
    for (let i = 0; i < block; i++) {
      const inside = start + i < end;
      const value = inside ? m.plus(steps(data[start + i]!, scale[b]!, -half, half - 1, m), half) : half;
      q[Math.floor((b * block + i) / perByte)]! |= value << (bits * (i % perByte));
    }
  }
  return { q, scale };
}

export const quantizeBlocks: Primitive = {
  name: 'quantize_blocks',
  doc: 'Quantises weight to `bits` (8 or 4) bits, with a scale for each `block` along its last axis, packed as MatMulNBits takes it.',
  float16: NO_FLOATS,
  ins: ['weight'],
  outs: ['q', 'scale'],
  attrs: { bits: { kind: 'int' }, block: { kind: 'int' } },
  samples: [
    { ins: ['f32[3, 20]'], attrs: { bits: 8, block: 16 } },
    { ins: ['f32[3, 32]'], attrs: { bits: 4, block: 16 } },
    {
      ins: [{ dtype: 'f32', shape: [2, 3], data: [0, 0, 0, 7, -8, 0.5] }],
      attrs: { bits: 4, block: 16 },
    },
  ],
  infer: ([weight], attrs) => {
    const t = present(weight, 'weight');
    expectDType(t, 'weight', 'f32');
    expectRank(t, 'weight', 2);
    const [bits, block] = [int(attrs, 'bits'), int(attrs, 'block')];
    const fits = (bits === 8 || bits === 4) && block >= 16 && Number.isInteger(Math.log2(block));
    require(fits, () =>
      `C1: ${bits} bits in blocks of ${block}: bits must be 8 or 4, and a block must be a power of two of at least 16`);
    const count = ceilDiv(t.shape[1]!, block);
    return [type('u8', t.shape[0]!, count, (block * bits) / 8), type('f32', t.shape[0]!, count)];
  },
  ref: ([weight], attrs, _, m) => {
    const [out, width] = weight!.shape as readonly [number, number];
    const [bits, block] = [int(attrs, 'bits'), int(attrs, 'block')];
    const { q, scale } = quantizeRows(weight!.data, width, { bits, block }, m);
    const count = Math.ceil(width / block);
    return [tensor('u8', [out, count, (block * bits) / 8], q), tensor('f32', [out, count], scale)];
  },
  cost: ([weight], [, scale]) =>
    together([
      each(elements(weight!), { multiplies: 1, adds: 1 }),
      each(elements(scale!), { multiplies: 1 }),
    ]),
  // This form is for weights that are inputs. Weights in an artifact are quantised while the artifact is written.
  onnx: (scope, [weight], [q, scale], node) => {
    const [out, width] = scope.typeOf(node.ins[0]!).shape as readonly [Dim, Dim];
    const [bits, block] = [int(node.attrs, 'bits'), int(node.attrs, 'block')];
    const [half, count, step] = [2 ** (bits - 1), ceilDiv(width, block), stepsIn(scope)];
    const whole = [out, count, block];
    const ends = scope.dims([0, 0, 0, sub(mul(count, block), width)]);
    const padded = step('Pad', [weight!, ends], 'f32', [out, mul(count, block)], { mode: 'constant' });
    const blocks = step('Reshape', [padded, scope.dims([out, count, block])], 'f32', whole);
    const size = step('Abs', [blocks], 'f32', whole);
    const place = step('ArgMax', [size], 'i64', [out, count, 1], { axis: 2, keepdims: 1 });
    const extreme = step('GatherElements', [blocks, place], 'f32', [out, count, 1], { axis: 2 });
    const unit = step('Div', [extreme, numberIn(scope, -half)], 'f32', [out, count, 1]);
    const large = step('Abs', [unit], 'f32', [out, count, 1]);
    const none = step('Less', [large, numberIn(scope, LEAST_SCALE)], 'bool', [out, count, 1]);
    const column = step('Where', [none, numberIn(scope, 1), unit], 'f32', [out, count, 1]);
    scope.node('Squeeze', [column, scope.i64(2)], [scale!]);
    const ratio = step('Div', [blocks, column], 'f32', whole);
    const rounded = step('Round', [ratio], 'f32', whole);
    const kept = step('Clip', [rounded, numberIn(scope, -half), numberIn(scope, half - 1)], 'f32', whole);
    const moved = step('Add', [kept, numberIn(scope, half)], 'f32', whole);
    if (bits === 8) return scope.node('Cast', [moved], [q!], { to: ONNX_DTYPE.u8 });
    const pairs = [out, count, block / 2, 2];
    const split = step('Reshape', [moved, scope.dims([out, count, block / 2, 2])], 'f32', pairs);
    const place16 = scope.literal({ dtype: 'f32', shape: [2], data: [1, 16] });
    const placed = step('Mul', [split, place16], 'f32', pairs);
    const sum = step('ReduceSum', [placed, scope.i64(3)], 'f32', [out, count, block / 2], { keepdims: 0 });
    scope.node('Cast', [sum], [q!], { to: ONNX_DTYPE.u8 });
  },
  onWeights: ([weight], { attrs }, output) =>
    async function* (source) {
      for await (const data of wholeRows(weight!, source)) {
        const how = { bits: int(attrs, 'bits'), block: int(attrs, 'block') };
        const blocks = quantizeRows(data, weight!.shape[1]!, how, PLAIN);
        yield output === 0 ? blocks.q : blocks.scale;
      }
    },
};
