/**
 * Devices by name, with the peak rates without sparsity from their makers' data sheets. No kernel reaches a peak, so
 * predicted times are shorter than real ones.
 *
 * fp32 has the rate of TF32 on devices that support it, because ONNX Runtime multiplies float32 matrices in TF32 (CUDA
 * provider, `use_tf32`, on by default). Weights in 8 or 4 bits are expanded to the activations' type, so products with
 * them have the same rates as other products.
 */
import type { BudgetDevice } from '../../dsl/quantities.ts';
import type { Machine } from './machine.ts';

interface Peaks {
  readonly name: string;
  /** The device whose data sheet the numbers are from. */
  readonly of: string;
  /** Operations per second in TF32; absent if the device does not support it. */
  readonly tf32?: number;
  readonly fp16: number;
  /** Bytes per second. */
  readonly bandwidth: number;
  /** Per second: 16 per clock and multiprocessor (CUDA C++ Programming Guide, throughput of arithmetic instructions). */
  readonly exps: number;
  /** Operations per second in float32 without tensor cores. A norm needs about 8 such operations for each element. */
  readonly vector: number;
}

/**
 * The assumed time to start a kernel. No data sheet states this time. On any GPU it is a few microseconds, and the
 * driver takes most of them.
 */
const LAUNCH = 5e-6;

const gpu = ({ name, of, tf32, fp16, bandwidth, exps, vector }: Peaks): Machine => ({
  name,
  source: `peak rates from the data sheet of ${of}${tf32 ? ', with the rate of TF32 for fp32' : ''}; no kernel reaches these rates; assumed: the start of each kernel takes 5 µs`,
  target: 'cuda',
  rates: {
    fp32: { operationsPerSecond: tf32 ?? vector, bytesPerSecond: bandwidth },
    fp16: { operationsPerSecond: fp16, bytesPerSecond: bandwidth },
  },
  expsPerSecond: exps,
  normsPerSecond: vector / 8,
  kernelSeconds: LAUNCH,
  runSeconds: 0,
});

const [TERA, GIGA] = [1e12, 1e9];

/** A row for each device that budgets may name (dsl/quantities.ts). */
const GPUS: Readonly<Record<BudgetDevice, Omit<Peaks, 'name'>>> = {
  h200: {
    of: 'NVIDIA H200 SXM',
    bandwidth: 4800 * GIGA,
    tf32: 494.5 * TERA,
    fp16: 989 * TERA,
    exps: 4.18 * TERA,
    vector: 67 * TERA,
  },
  h100: {
    of: 'NVIDIA H100 SXM',
    bandwidth: 3350 * GIGA,
    tf32: 494.5 * TERA,
    fp16: 989 * TERA,
    exps: 4.18 * TERA,
    vector: 67 * TERA,
  },
  a100: {
    of: 'NVIDIA A100 SXM 80 GB',
    bandwidth: 2039 * GIGA,
    tf32: 156 * TERA,
    fp16: 312 * TERA,
    exps: 2.44 * TERA,
    vector: 19.5 * TERA,
  },
  l4: {
    of: 'NVIDIA L4',
    bandwidth: 300 * GIGA,
    tf32: 60 * TERA,
    fp16: 121 * TERA,
    exps: 1.89 * TERA,
    vector: 30.3 * TERA,
  },
  t4: {
    of: 'NVIDIA T4',
    bandwidth: 320 * GIGA,
    fp16: 65 * TERA,
    exps: 1.01 * TERA,
    vector: 8.1 * TERA,
  },
};

export const MACHINES: readonly Machine[] = Object.entries(GPUS).map(([name, peaks]) =>
  gpu({ name, ...peaks }),
);
