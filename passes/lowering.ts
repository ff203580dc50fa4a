/**
 * The lowering table by target: with which of its kernels each op is written. `body` is the op's own
 * definition in standard ops, which runs everywhere. Ratios behind the choices: DESIGN.md 6.
 */
import type { Target } from './pass.ts';

/** Opset 23's `Attention`: fused on the CPU, and it takes the boolean mask for free. */
const CPU = { attention: 'standard', block_attention: 'standard' } as const;
const BODIES = { attention: 'body', block_attention: 'body' } as const;

/** ONNX Runtime's `SkipLayerNormalization`; its own optimiser makes it of three axes only, and keeps no sum. */
const FUSED_NORMS = { norm_of_sum: 'skip', residual_norm: 'skip' } as const;
const PLAIN_NORMS = { norm_of_sum: 'body', residual_norm: 'body' } as const;

export const LOWERING: Readonly<Record<Target, Readonly<Record<string, string>>>> = {
  cpu: { ...CPU, ...FUSED_NORMS },
  // No kernel of its own yet: the contrib op with flash kernels comes with the CUDA target.
  cuda: { ...BODIES, ...FUSED_NORMS },
  webgpu: { ...BODIES, ...FUSED_NORMS },
  portable: { ...BODIES, ...PLAIN_NORMS },
};
