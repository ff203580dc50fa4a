/** What a machine can do, as the roofline takes it (`roofline.ts`): a row of a table of devices, or measured. */

/**
 * The arithmetic of a matrix product. `int8`: whole numbers by whole numbers. `block8`, `block4`: weights alone in 8 or
 * 4 bits, undone as they are read (`linear_blockwise`).
 */
export const RATE_NAMES = ['fp32', 'fp16', 'int8', 'block8', 'block4'] as const;
export type RateName = (typeof RATE_NAMES)[number];

export interface Rate {
  /** A multiplication and the addition that goes with it are two. */
  readonly operationsPerSecond: number;
  /** Bytes read and written; weights in the form that they have. */
  readonly bytesPerSecond: number;
}

export const MACHINE_TARGETS = ['cpu', 'cuda', 'webgpu'] as const;

export interface Machine {
  readonly name: string;
  /** Where the numbers are from; '' where nobody said. */
  readonly source: string;
  /** What a model is compiled for. */
  readonly target: (typeof MACHINE_TARGETS)[number];
  /** An arithmetic without a rate of its own has that of fp32. */
  readonly rates: { readonly fp32: Rate } & Readonly<Partial<Record<RateName, Rate>>>;
  /** e^x and its relatives. */
  readonly expsPerSecond: number;
  /** Elements that layer norms take: on CPUs their kernels are slower than memory. */
  readonly normsPerSecond: number;
  /** Where a search whose rounds move so few bytes finds its weights again; absent: in memory. */
  readonly cache?: { readonly bytes: number; readonly bytesPerSecond: number };
  /** What starting a kernel takes, and a run of a model. */
  readonly kernelSeconds: number;
  readonly runSeconds: number;
}

/**
 * e^x and elements of norms where nobody said: on GPUs one special unit for every 16 operations of the others, and some
 * 8 operations for an element.
 */
export const usualRate = ({ operationsPerSecond }: Rate): number => operationsPerSecond / 16;
