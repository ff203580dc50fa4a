/**
 * A linear of 8-bit integers. Activations are quantised at run time (`quantize_dynamic`), weights once
 * (`quantize_channels`):
 *
 *     y[…, o] = scale · weight_scale[o] · Σ_i (q[…, i] − zero) · weight[i, o] + bias[o]
 *
 * Several linears of the same x share the quantised q. C1: the last length of q is the first of the weight.
 */

import type { Builder, Value } from '../ir/build.ts';
import { NO_FLOATS } from '../ir/float16.ts';
import { kernels } from '../ir/kernels.ts';
import type { Composite, OnnxForm } from '../ir/op.ts';
import { CONTRIB } from '../onnx/versions.ts';
import { add, mul } from './binary.ts';
import { matmulInteger, SMALL_WEIGHT } from './matmul_integer.ts';

function body(b: Builder, ins: readonly (Value | null)[]): readonly Value[] {
  const [q, scale, zero, weight, weightScale, bias] = ins as readonly [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value?,
  ];
  const sum = b.add(matmulInteger, [q, zero, weight]);
  const y = b.add(mul, [sum, b.add(mul, [scale, weightScale])]);
  return [bias ? b.add(add, [y, bias]) : y];
}

/**
 * The operator into which ONNX Runtime would fuse the body. It is written directly, so that the artifact does not
 * depend on that fusion.
 */
const fused: OnnxForm = (scope, [q, scale, zero, weight, weightScale, bias], outs) => {
  const ins = [q!, weight!, scale!, weightScale!, zero!, ...(bias ? ['', bias] : [])];
  scope.node('MatMulIntegerToFloat', ins, outs, {}, CONTRIB);
};

export const linearDynamic: Composite = {
  name: 'linear_dynamic',
  doc: 'y = scale · weight_scale · ((q − zero) · weight) + bias: a linear in 8 bits, with q as `quantize_dynamic` gives it.',
  float16: NO_FLOATS,
  quantised: 'operands',
  ins: ['q', 'scale', 'zero', 'weight', 'weight_scale', 'bias?'],
  outs: ['y'],
  attrs: { kernel: { kind: 'string', default: 'body', hint: true } },
  samples: [
    { ins: ['u8[2, 3, 4]', 'f32[] in 0..1', 'u8[]', SMALL_WEIGHT, 'f32[5] in 0..1', 'f32[5]'] },
    { ins: ['u8[3, 4]', 'f32[] in 0..1', 'u8[]', SMALL_WEIGHT, 'f32[5] in 0..1', null] },
  ],
  body,
  // Neither kind of GPU has a kernel for integer products.
  kernels: kernels(
    { fused: { write: fused, needs: {} } },
    { cpu: 'fused', cuda: 'body', webgpu: 'body', portable: 'body' },
  ),
};
