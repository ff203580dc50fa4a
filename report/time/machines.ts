/**
 * Devices by name: peaks of their makers' data sheets, without sparsity. No kernel reaches a peak: times on these are
 * shorter than real ones.
 *
 * fp32 is TF32 where there is such a thing: ONNX Runtime multiplies float32 matrices in it (CUDA provider, `use_tf32`,
 * on by default). Weights in 8 or 4 bits are undone to the activations' type: they have the bandwidth of all others.
 */
import type { BudgetDevice } from '../../dsl/quantities.ts';
import type { Machine } from './machine.ts';

interface Peaks {
  readonly name: string;
  readonly of: string;
  /** Absent where there is no such arithmetic. */
  readonly tf32?: number;
  readonly fp16: number;
  readonly bandwidth: number;
  /** 16 a clock and multiprocessor (CUDA C++ Programming Guide, throughput of arithmetic instructions). */
  readonly exps: number;
  /** float32 without tensor cores, of which an element of a norm takes some 8 operations. */
  readonly vector: number;
}

/** No data sheet tells it: some microseconds on any GPU, most of them the driver's. */
const LAUNCH = 5e-6;

const gpu = ({ name, of, tf32, fp16, bandwidth, exps, vector }: Peaks): Machine => ({
  name,
  source: `peaks of the data sheet of ${of}${tf32 ? ', for fp32 those of TF32' : ''}, which no kernel reaches, and 5 µs assumed for the start of each kernel`,
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

/** One for each name that budgets may give (dsl/quantities.ts). */
const GPUS: Readonly<Record<BudgetDevice, Omit<Peaks, 'name'>>> = {
  h200: {
    ...{ of: 'NVIDIA H200 SXM', bandwidth: 4800 * GIGA },
    ...{ tf32: 494.5 * TERA, fp16: 989 * TERA, exps: 4.18 * TERA, vector: 67 * TERA },
  },
  h100: {
    ...{ of: 'NVIDIA H100 SXM', bandwidth: 3350 * GIGA },
    ...{ tf32: 494.5 * TERA, fp16: 989 * TERA, exps: 4.18 * TERA, vector: 67 * TERA },
  },
  a100: {
    ...{ of: 'NVIDIA A100 SXM 80 GB', bandwidth: 2039 * GIGA },
    ...{ tf32: 156 * TERA, fp16: 312 * TERA, exps: 2.44 * TERA, vector: 19.5 * TERA },
  },
  l4: {
    ...{ of: 'NVIDIA L4', bandwidth: 300 * GIGA },
    ...{ tf32: 60 * TERA, fp16: 121 * TERA, exps: 1.89 * TERA, vector: 30.3 * TERA },
  },
  t4: {
    ...{ of: 'NVIDIA T4', bandwidth: 320 * GIGA },
    ...{ fp16: 65 * TERA, exps: 1.01 * TERA, vector: 8.1 * TERA },
  },
};

export const MACHINES: readonly Machine[] = Object.entries(GPUS).map(([name, peaks]) =>
  gpu({ name, ...peaks }),
);
