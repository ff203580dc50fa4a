/**
 * A residual sum and its layer normalisation, in the two forms that a Transformer needs.
 * `norm_of_sum` gives only the norm (post-norm). `residual_norm` gives the sum as well, because the next sum of a
 * pre-norm layer reads it.
 *
 * ONNX Runtime has one kernel for both, `SkipLayerNormalization`, which reads its operands once. ONNX Runtime's
 * optimiser uses that kernel only for three axes, and only if no other node reads the sum. Portable artifacts use none
 * of ONNX Runtime's own operators. In float16, CUDA's kernel computes mean and variance in float16 too, unless the
 * session option `enable_skip_layer_norm_strict_mode` is set. `LayerNormalization` computes them in float32, as ONNX's
 * attribute `stash_type` requires.
 *
 * C1: x and y have the same type, with two or three axes, because the kernel accepts no other ranks.
 */
import type { Builder, Value } from '../ir/build.ts';
import { sameType, typeText } from '../ir/graph.ts';
import { kernels } from '../ir/kernels.ts';
import { type Composite, type OnnxForm, require } from '../ir/op.ts';
import { CONTRIB } from '../onnx/versions.ts';
import { add } from './binary.ts';
import { layerNorm } from './layer_norm.ts';
import { expectDType, expectRank, float, present } from './shapes.ts';

/** The outputs between the norm and the sum, mean and deviation, are for training only. */
const skip: OnnxForm = (scope, ins, [norm, sum], node) => {
  const outs = sum === undefined ? [norm!] : [norm!, '', '', sum];
  const epsilon = { float: float(node.attrs, 'epsilon') };
  scope.node('SkipLayerNormalization', ins, outs, { epsilon }, CONTRIB);
};

function sumAndNorm(b: Builder, ins: readonly (Value | null)[], epsilon: number): readonly [Value, Value] {
  const [x, y, gain, bias] = ins as readonly [Value, Value, Value, Value];
  const sum = b.add(add, [x, y]);
  return [b.add(layerNorm, [sum, gain, bias], { epsilon }), sum];
}

const define = (name: string, outs: readonly string[], doc: string): Composite => ({
  name,
  doc,
  float16: 'all',
  norm: true,
  ins: ['x', 'y', 'gain', 'bias'],
  outs,
  attrs: {
    epsilon: { kind: 'float', default: 1e-5 },
    kernel: { kind: 'string', default: 'body', hint: true },
  },
  samples: [
    { ins: ['f32[2, 3, 8]', 'f32[2, 3, 8]', 'f32[8]', 'f32[8]'] },
    { ins: ['f32[3, 8]', 'f32[3, 8]', 'f32[8]', 'f32[8]'], attrs: { epsilon: 0.1 } },
  ],
  infer: (ins, attrs) => {
    const [x, y] = [present(ins[0], 'x'), present(ins[1], 'y')];
    expectDType(x, 'x', 'f32', 'f16');
    expectRank(x, 'C1: x', 2, 3);
    require(sameType(x, y), () => `C1: y is ${typeText(y)}, but x is ${typeText(x)}`);
    const [norm] = layerNorm.infer([x, ins[2]!, ins[3]!], attrs);
    return [norm!, x].slice(0, outs.length);
  },
  body: (b, ins, attrs) => sumAndNorm(b, ins, float(attrs, 'epsilon')).slice(0, outs.length),
  kernels: kernels(
    { skip: { write: skip, needs: {} } },
    { cpu: 'skip', cuda: 'skip', webgpu: 'skip', portable: 'body' },
    { cuda: 'body' },
  ),
});

export const RESIDUAL_NORMS = {
  norm_of_sum: define('norm_of_sum', ['norm'], 'norm = layer_norm(x + y).'),
  residual_norm: define('residual_norm', ['norm', 'sum'], 'norm = layer_norm(x + y), and sum = x + y.'),
} as const;

export const { norm_of_sum: normOfSum, residual_norm: residualNorm } = RESIDUAL_NORMS;
