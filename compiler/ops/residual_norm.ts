/**
 * A residual sum and its layer normalisation, the two ways that a Transformer needs them (SYSTEMS.md 0.4):
 * `norm_of_sum` gives the norm alone (post-norm), `residual_norm` the sum as well (pre-norm: the next sum reads
 * it). One kernel in ONNX Runtime, `SkipLayerNormalization`, which reads its operands once; the runtime's own optimiser
 * makes it of three axes only, and keeps no sum. Portable artifacts hold none of ONNX Runtime's own operators. In
 * float16, CUDA's kernel takes mean and variance in the type of its input unless a session option says otherwise
 * (`enable_skip_layer_norm_strict_mode`); `LayerNormalization` takes them in float32, as ONNX says (`stash_type`).
 *
 * C1: x and y have one type, of two or three axes, which is what the kernel takes.
 */
import type { Builder, Value } from '../ir/build.ts';
import { sameType, typeText } from '../ir/graph.ts';
import { kernels } from '../ir/kernels.ts';
import { type Composite, type OnnxForm, require } from '../ir/op.ts';
import { add } from './binary.ts';
import { layerNorm } from './layer_norm.ts';
import { expectDType, expectRank, float, present } from './shapes.ts';

/** Its outputs between the norm and the sum, mean and deviation, are for training. */
const skip: OnnxForm = (scope, ins, [norm, sum], node) => {
  const outs = sum === undefined ? [norm!] : [norm!, '', '', sum];
  const epsilon = { float: float(node.attrs, 'epsilon') };
  scope.node('SkipLayerNormalization', ins, outs, { epsilon }, 'com.microsoft');
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
    require(sameType(x, y), () => `C1: y is ${typeText(y)}, x is ${typeText(x)}`);
    const [norm] = layerNorm.infer([x, ins[2]!, ins[3]!], attrs);
    return [norm!, x].slice(0, outs.length);
  },
  body: (b, ins, attrs) => sumAndNorm(b, ins, float(attrs, 'epsilon')).slice(0, outs.length),
  kernels: kernels(
    { skip },
    { cpu: 'skip', cuda: 'skip', webgpu: 'skip', portable: 'body' },
    { cuda: 'body' },
  ),
});

export const RESIDUAL_NORMS = {
  norm_of_sum: define('norm_of_sum', ['norm'], 'layer_norm(x + y).'),
  residual_norm: define('residual_norm', ['norm', 'sum'], 'layer_norm(x + y), and x + y.'),
} as const;

export const { norm_of_sum: normOfSum, residual_norm: residualNorm } = RESIDUAL_NORMS;
