/**
 * The lowering table by target: with which of its kernels each op is written. `body` is the op's own
 * definition in standard ops, which runs everywhere. Ratios behind the choices: DESIGN.md 6.
 */
import type { PassContext, Target } from './pass.ts';

/** Both kinds of GPU have the kernel for weights in blocks, and none for integer products. */
const NBITS = { linear_dynamic: 'body', linear_blockwise: 'nbits' } as const;

/** Opset 23's `Attention`: fused on the CPU, and it takes the boolean mask for free. */
const CPU = {
  ...{ attention: 'standard', cached_attention: 'standard', block_attention: 'standard' },
  ...{ linear_dynamic: 'fused', linear_blockwise: 'nbits' },
} as const;

/** ONNX Runtime's own operator, which has the flash and the memory-efficient kernels. */
const CUDA = {
  ...{ attention: 'multi_head', cached_attention: 'multi_head', block_attention: 'multi_head' },
  ...NBITS,
} as const;

const ATTENTION_BODIES = { attention: 'body', cached_attention: 'body', block_attention: 'body' } as const;

/**
 * WebGPU has no `Attention`, and its `com.microsoft::MultiHeadAttention` (ONNX Runtime 1.30) is wrong on
 * adapters whose subgroups have fewer than 8 lanes: with dozens of queries or more each step takes 8 keys
 * by a shuffle among 4 lanes, so some count twice and others never (SwiftShader; off by 0.05 and more).
 * An artifact cannot know its adapter. The body is right on all of them
 * (docs/decisions/0008-attention-on-webgpu.md, test/runtime/gpu.slow.ts).
 */
const WEBGPU = { ...ATTENTION_BODIES, ...NBITS } as const;

const BODIES = {
  ...ATTENTION_BODIES,
  ...{ linear_dynamic: 'body', linear_blockwise: 'body' },
} as const;

/** ONNX Runtime's `SkipLayerNormalization`; its own optimiser makes it of three axes only, and keeps no sum. */
const FUSED_NORMS = { norm_of_sum: 'skip', residual_norm: 'skip' } as const;
const PLAIN_NORMS = { norm_of_sum: 'body', residual_norm: 'body' } as const;

export const LOWERING: Readonly<Record<Target, Readonly<Record<string, string>>>> = {
  cpu: { ...CPU, ...FUSED_NORMS },
  cuda: { ...CUDA, ...FUSED_NORMS },
  webgpu: { ...WEBGPU, ...FUSED_NORMS },
  // No operator of ONNX Runtime's own: ONNX's checker and every other runtime know what is in it.
  portable: { ...BODIES, ...PLAIN_NORMS },
};

/**
 * Other choices in float16. CUDA's `SkipLayerNormalization` takes mean and variance in the type of its input unless
 * a session option says otherwise (`enable_skip_layer_norm_strict_mode`); `LayerNormalization` takes them in
 * float32, as ONNX says.
 */
const IN_HALF: Readonly<Partial<Record<Target, Readonly<Record<string, string>>>>> = { cuda: PLAIN_NORMS };

/** The kernel of an op; undefined where no table names one. */
export const kernelOf = (op: string, { target, precision }: PassContext): string | undefined =>
  (precision === 'fp16' ? IN_HALF[target]?.[op] : undefined) ?? LOWERING[target][op];
