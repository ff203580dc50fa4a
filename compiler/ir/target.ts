/** The targets that an artifact can be made for, and the precisions in which it can compute. */

/** Where the artifact runs. `portable` means any runtime that has ONNX's standard operators. */
export const TARGETS = ['cpu', 'cuda', 'webgpu', 'portable'] as const;
export type Target = (typeof TARGETS)[number];

/**
 * `fp16`: weights and most of the arithmetic are float16 (the pass `halve_floats`). `int8` and `int4`: the matrices
 * that the pass `quantize_linears` chooses are stored in 8 or 4 bits.
 */
export const PRECISIONS = ['fp32', 'fp16', 'int8', 'int4'] as const;
export type Precision = (typeof PRECISIONS)[number];

/**
 * The targets with float16 arithmetic. On the CPU, ONNX Runtime converts float16 to float32 for nearly every
 * operator.
 */
export const HALF_TARGETS: readonly Target[] = ['cuda', 'webgpu'];
