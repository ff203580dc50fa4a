/**
 * The lowering table by target: with which of its kernels each op is written. `body` is the op's own
 * definition in standard ops, which runs everywhere. Ratios behind the choices: DESIGN.md 6.
 */
import type { Target } from './pass.ts';

/** Opset 23's `Attention`: fused on the CPU, and it takes the boolean mask for free. */
const CPU = {
  attention: 'standard',
  block_attention: 'standard',
  linear_dynamic: 'fused',
  linear_blockwise: 'nbits',
} as const;
const BODIES = {
  attention: 'body',
  block_attention: 'body',
  linear_dynamic: 'body',
  linear_blockwise: 'body',
} as const;
/** Both kinds of GPU have the kernel for weights in blocks. */
const GPU = { ...BODIES, linear_blockwise: 'nbits' } as const;

export const LOWERING: Readonly<Record<Target, Readonly<Record<string, string>>>> = {
  cpu: CPU,
  // No kernel of its own yet: the contrib op with flash kernels comes with the CUDA target.
  cuda: GPU,
  webgpu: GPU,
  portable: BODIES,
};
