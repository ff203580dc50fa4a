/**
 * The cost of a linear in each form that its weights may take, and the choice of the form for a precision. The cost
 * model has two numbers for each form, fitted to measurements (docs/decisions/0006-quantised-linears.md):
 *
 *     time = in · out · (read + rows · multiply)     nanoseconds of one core
 *
 * Each weight is read once per call, for any number of rows, and multiplied once per row. With few rows, reading takes
 * most of the time, so small weights are fastest. With many rows, multiplying takes most of the time, and only integers
 * are faster than float32.
 */
import { type Dim, evaluate, symbolsOf } from '../compiler/ir/dim.ts';
import type { Precision, Target } from './pass.ts';

/**
 * `dynamic8`: int8 weights with a scale for each output, and activations that are quantised at run time. `block8`,
 * `block4`: only the weights are quantised, to 8 or 4 bits with a scale for each block.
 */
export type Form = 'fp32' | 'dynamic8' | 'block8' | 'block4';

/** Nanoseconds for each weight (`read`), and for each weight and row (`multiply`). */
interface Cost {
  readonly read: number;
  readonly multiply: number;
}

/** The number of weights in a block. Larger blocks are faster and coarser: 4 bits need a scale more often than 8. */
export const BLOCKS = { block8: { bits: 8, block: 128 }, block4: { bits: 4, block: 64 } } as const;

const FP32: Cost = { read: 0.22, multiply: 0.0145 };
const DYNAMIC8: Cost = { read: 0.06, multiply: 0.0047 };

/**
 * A form without a line does not exist on the target. GPUs are not measured yet. It is only known that they have no
 * kernel for dynamic int8, and that their kernels for blocks read fewer bytes but unpack before they multiply.
 */
const GPU: Partial<Record<Form, Cost>> = {
  fp32: FP32,
  block8: { read: 0.06, multiply: 0.017 },
  block4: { read: 0.04, multiply: 0.017 },
};

const COSTS: Readonly<Record<Target, Partial<Record<Form, Cost>>>> = {
  cpu: {
    fp32: FP32,
    dynamic8: DYNAMIC8,
    block8: { read: 0.085, multiply: 0.013 },
    block4: { read: 0.04, multiply: 0.0165 },
  },
  cuda: GPU,
  webgpu: GPU,
  // Standard operators include an integer matrix product. They include no product of blocks that would be faster.
  portable: { fp32: FP32, dynamic8: DYNAMIC8 },
};

/**
 * The forms in order of preference. `patience` is how many times slower than the fastest form a preferred form may be.
 * `int8` takes the fastest form. `int4` prefers small weights, even if they are somewhat slower.
 */
const PREFERENCES: Readonly<
  Record<Precision, { readonly forms: readonly Form[]; readonly patience: number }>
> = {
  fp32: { forms: ['fp32'], patience: 1 },
  // Its weights are halved by `halve_floats`, not quantised.
  fp16: { forms: ['fp32'], patience: 1 },
  int8: { forms: ['block8', 'dynamic8', 'fp32'], patience: 1 },
  int4: { forms: ['block4', 'dynamic8', 'fp32'], patience: 2 },
};

/** The expected values of unknown lengths: batches and beams are small, and any other length is large. */
const FEW: Readonly<Record<string, number>> = { batch: 1, beam: 4, beams: 4 };
const MANY = 512;

/** The number of rows that a linear is expected to run on, from the dims of x before its last. */
export function rowsOf(dims: readonly Dim[]): number {
  const lengths = new Map(dims.flatMap(symbolsOf).map((name) => [name, FEW[name] ?? MANY]));
  return dims.reduce<number>((rows, d) => rows * (evaluate(d, lengths) ?? MANY), 1);
}

/** The nanoseconds that a linear takes; undefined if the target lacks the form. */
export function timeOf(
  form: Form,
  target: Target,
  rows: number,
  size: { readonly in: number; readonly out: number },
): number | undefined {
  const cost = COSTS[target][form];
  return cost && size.in * size.out * (cost.read + rows * cost.multiply);
}

export function formFor(
  precision: Precision,
  target: Target,
  rows: number,
  size: { readonly in: number; readonly out: number },
): Form {
  const { forms, patience } = PREFERENCES[precision];
  const time = (form: Form): number => timeOf(form, target, rows, size) ?? Number.POSITIVE_INFINITY;
  const least = Math.min(...forms.map(time));
  return forms.find((form) => time(form) <= patience * least)!;
}
