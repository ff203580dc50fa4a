/** What an artifact is made for: where it runs, and in which numbers it computes. */

/** What the artifact will run on. `portable` is anything that knows ONNX's standard operators. */
export const TARGETS = ['cpu', 'cuda', 'webgpu', 'portable'] as const;
export type Target = (typeof TARGETS)[number];

/**
 * `fp16`: weights and the bulk of the arithmetic (the pass `halve_floats`). `int8`, `int4`: weights, in as few bits as
 * the pass `quantize_linears` finds worth it.
 */
export const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Targets with float16 arithmetic. ONNX Runtime's CPU has next to none, and converts there and back. */
export const HALF_TARGETS: readonly Target[] = ['cuda', 'webgpu'];
