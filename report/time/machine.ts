/** The rates of a machine that `roofline.ts` needs. They come from a table of devices, or from measurements. */

/**
 * The arithmetic of a matrix product. `int8`: products of integers. `block8`, `block4`: only the weights are quantised, to
 * 8 or 4 bits, and are expanded as they are read (`linear_blockwise`).
 */
export const RATE_NAMES = ['fp32', 'fp16', 'int8', 'block8', 'block4'] as const;
export type RateName = (typeof RATE_NAMES)[number];

export interface Rate {
  /** A multiplication and its addition count as two operations. */
  readonly operationsPerSecond: number;
  /** Bytes read and written. Quantised weights count with their quantised size. */
  readonly bytesPerSecond: number;
}

export const MACHINE_TARGETS = ['cpu', 'cuda', 'webgpu'] as const;

export interface Machine {
  readonly name: string;
  /** Where the numbers come from; '' if that is unknown. */
  readonly source: string;
  /** The target that models are compiled for. */
  readonly target: (typeof MACHINE_TARGETS)[number];
  /** An arithmetic that is absent here has the rate of fp32. */
  readonly rates: { readonly fp32: Rate } & Readonly<Partial<Record<RateName, Rate>>>;
  /** Exponentials, logarithms and similar functions. */
  readonly expsPerSecond: number;
  /** Elements that layer norms process. On CPUs the kernels of layer norms are slower than the memory. */
  readonly normsPerSecond: number;
  /**
   * If a step of a search moves at most `bytes`, the step reads them from this cache. Absent: every step reads from
   * memory.
   */
  readonly cache?: { readonly bytes: number; readonly bytesPerSecond: number };
  /** The time to start a kernel. */
  readonly kernelSeconds: number;
  /** The time to start a run of a model. */
  readonly runSeconds: number;
}

/**
 * The rate of exponentials, or of elements of norms, if the rate of a machine is unknown. GPUs compute one special
 * function in the time of 16 other operations, and a norm takes about the same time for each element.
 */
export const usualRate = ({ operationsPerSecond }: Rate): number => operationsPerSecond / 16;
