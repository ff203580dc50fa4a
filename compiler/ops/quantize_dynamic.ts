/**
 * Quantises activations to u8 by the range that they have at run time (ONNX's DynamicQuantizeLinear), with one
 * scale for the whole tensor:
 *
 *     low = min(0, min x)    high = max(0, max x)    scale = (high − low) / 255, or 1 where x is all zero
 *     zero = round(−low / scale)    q = round(x / scale) + zero, both between 0 and 255
 *
 * This is computed in float32, with ties rounded to even. The value 0 is represented exactly.
 */

import { NO_FLOATS } from '../ir/float16.ts';
import { type } from '../ir/graph.ts';
import type { Primitive } from '../ir/op.ts';
import { constant } from '../ir/polynomial.ts';
import { tensor } from '../ir/tensors.ts';
import { each, elements, together } from '../ir/work.ts';
import { roundEven, steps } from './quantizing.ts';
import { expectDType, present } from './shapes.ts';

export const quantizeDynamic: Primitive = {
  name: 'quantize_dynamic',
  doc: 'Quantises x to u8 by its own range: q = round(x / scale) + zero with scale = (max(0, x) − min(0, x)) / 255.',
  float16: NO_FLOATS,
  ins: ['x'],
  outs: ['q', 'scale', 'zero'],
  attrs: {},
  samples: [{ ins: ['f32[2, 3, 4]'] }, { ins: ['f32[3, 4] in 1..2'] }, { ins: ['f32[2, 2] in 0..0'] }],
  infer: ([x]) => {
    const t = present(x, 'x');
    expectDType(t, 'x', 'f32');
    return [type('u8', ...t.shape), type('f32'), type('u8')];
  },
  ref: ([x], _attrs, _dim, m) => {
    const { shape, data } = x!;
    const [low, high] = [data.reduce((a, b) => Math.min(a, b), 0), data.reduce((a, b) => Math.max(a, b), 0)];
    const step = Math.fround(m.over(Math.fround(m.minus(high, low)), 255));
    const scale = high === low ? 1 : step;
    const zero = steps(-low, scale, 0, 255, m);
    const place = (v: number): number => m.plus(roundEven(Math.fround(m.over(v, scale))), zero);
    const q = data.map((v) => Math.min(255, Math.max(0, place(v))));
    return [tensor('u8', shape, q), tensor('f32', [], [scale]), tensor('u8', [], [zero])];
  },
  // The first term is for each element, the second for the range, the scale and the zero point.
  cost: ([x]) =>
    together([each(elements(x!), { multiplies: 1, adds: 1 }), each(constant(1), { multiplies: 2, adds: 1 })]),
  onnx: 'DynamicQuantizeLinear',
};
