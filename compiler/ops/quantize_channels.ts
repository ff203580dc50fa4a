/**
 * Quantises the weights [out, in] of a linear to int8, symmetrically, with one scale for each output:
 *
 *     scale[o] = max_i |w[o, i]| / 63        q[i, o] = round(w[o, i] / scale[o])
 *
 * This is computed in float32, with ties rounded to even. The result is transposed to [in, out], the layout of
 * int8 kernels. A row of zeros has scale 1. The largest value is 63 and not 127, because x86 without VNNI adds two
 * u8·s8 products in 16 bits with saturation, and 2 · 255 · 63 fits in 16 bits. So an artifact gives the same numbers on
 * every machine (docs/decisions/0006-quantised-linears.md).
 */

import { type Arithmetic, PLAIN } from '../ir/arithmetic.ts';
import type { Dim } from '../ir/dim.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { type } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import { tabulate, tensor } from '../ir/tensors.ts';
import { each, elements, together } from '../ir/work.ts';
import { ONNX_DTYPE } from '../onnx/element_types.ts';
import { LEAST_SCALE, numberIn, scaleOf, steps, stepsIn, wholeRows } from './quantizing.ts';
import { expectDType, expectRank, present } from './shapes.ts';

const LARGEST = 63;

/** The number of elements in a piece of the streamed result. */
const PIECE = 1 << 20;

/** The scale of each row of `width` elements. */
function channelScales(data: ArrayLike<number>, width: number, m: Arithmetic): Float32Array {
  const scales = new Float32Array(data.length / width);
  for (let o = 0; o < scales.length; o++) {
    let most = 0;
    for (let i = o * width; i < (o + 1) * width; i++) most = Math.max(most, Math.abs(data[i]!));
    scales[o] = scaleOf(most, LARGEST, m);
  }
  return scales;
}

const quantized = (w: number, scale: number, m: Arithmetic): number => steps(w, scale, -LARGEST, LARGEST, m);

export const quantizeChannels: Primitive = {
  name: 'quantize_channels',
  doc: 'Quantises weight to int8 by output, transposed: scale[o] = max_i |weight[o, i]| / 63, q[i, o] = round(weight[o, i] / scale[o]).',
  float16: NO_FLOATS,
  ins: ['weight'],
  outs: ['q', 'scale'],
  attrs: {},
  samples: [
    { ins: ['f32[5, 4]'] },
    { ins: [{ dtype: 'f32', shape: [3, 2], data: [0, 0, -1, 0.25, 31.5, 63] }] },
  ],
  infer: ([weight]) => {
    const t = present(weight, 'weight');
    expectDType(t, 'weight', 'f32');
    expectRank(t, 'weight', 2);
    return [type('i8', t.shape[1]!, t.shape[0]!), type('f32', t.shape[0]!)];
  },
  ref: ([weight], _attrs, _dim, m) => {
    const { shape, data } = weight!;
    const [out, width] = shape as readonly [number, number];
    const scales = channelScales(data, width, m);
    const q = tabulate('i8', [width, out], ([i, o]) => quantized(data[o! * width + i!]!, scales[o!]!, m));
    return [q, tensor('f32', [out], scales)];
  },
  cost: ([weight], [, scale]) =>
    together([each(elements(weight!), { multiplies: 1 }), each(elements(scale!), { multiplies: 1 })]),
  // This form is for weights that are inputs. Weights in an artifact are quantised while the artifact is written.
  onnx: (scope, [weight], [q, scale], node) => {
    const [out, width] = scope.typeOf(node.ins[0]!).shape as readonly [Dim, Dim];
    const step = stepsIn(scope);
    const size = step('Abs', [weight!], 'f32', [out, width]);
    const most = step('ReduceMax', [size, scope.i64(1)], 'f32', [out], { keepdims: 0 });
    const unit = step('Div', [most, numberIn(scope, LARGEST)], 'f32', [out]);
    const none = step('Less', [unit, numberIn(scope, LEAST_SCALE)], 'bool', [out]);
    scope.node('Where', [none, numberIn(scope, 1), unit], [scale!]);
    const column = step('Unsqueeze', [scale!, scope.i64(1)], 'f32', [out, 1]);
    const ratio = step('Div', [weight!, column], 'f32', [out, width]);
    const whole = step('Round', [ratio], 'f32', [out, width]);
    const bytes = step('Cast', [whole], 'i8', [out, width], { to: ONNX_DTYPE.i8 });
    scope.node('Transpose', [bytes], [q!], { perm: [1, 0] });
  },
  onWeights: ([weight], _, output) =>
    async function* (source) {
      const [out, width] = weight!.shape as readonly [number, number];
      const q = new Int8Array(output === 0 ? out * width : 0);
      let done = 0;
      for await (const data of wholeRows(weight!, source)) {
        const scales = channelScales(data, width, PLAIN);
        if (output === 1) yield scales;
        else
          for (let at = 0; at < data.length; at++) {
            const row = Math.floor(at / width);
            q[(at - row * width) * out + done + row] = quantized(data[at]!, scales[row]!, PLAIN);
          }
        done += scales.length;
      }
      for (let at = 0; at < q.length; at += PIECE) yield q.subarray(at, at + PIECE);
    },
};
