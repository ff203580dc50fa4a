/** Bytes that a model needs, in float32, and the entries of its attention matrices. */
import { OPS } from '../../compiler/ops/index.ts';
import { measure } from '../measured.ts';
import type { ModelReport } from '../report.ts';
import type { GraphFootprint } from './held.ts';
import { kvCache } from './kv_cache.ts';
import { weightBytesOf } from './weights.ts';

export interface MemoryReport {
  /** Entries of all attention matrices, were they all written at once. */
  readonly attentionElements: bigint;
  readonly weightBytes: bigint;
  /** The most that activations take at once; null: not asked for (`withMemory`). */
  readonly peakActivationBytes: bigint | null;
  /** The same of a step of training, with what gradients read and those of activations. */
  readonly trainingActivationBytes: bigint | null;
  /** What is as large as the weights, beside them: their gradients, and two moments of Adam for each. */
  readonly gradientBytes: bigint;
  readonly optimizerBytes: bigint;
  /** Keys and values that decoding keeps; null: nothing is decoded. */
  readonly kvCacheBytes: bigint | null;
}

const FLOAT32 = 4n;

export const memoryOf = (report: Omit<ModelReport, 'memory' | 'execution'>): MemoryReport => ({
  attentionElements: report.entries.count,
  weightBytes: FLOAT32 * report.parameters.total,
  peakActivationBytes: null,
  trainingActivationBytes: null,
  gradientBytes: FLOAT32 * report.parameters.total,
  optimizerBytes: 2n * FLOAT32 * report.parameters.total,
  kvCacheBytes: kvCache(report, 'fp32')?.total.numerator ?? null,
});

/** Of float32 tables of positions: they lie in an artifact beside its weights, and are none. */
export const positionBytes = ({ spec, memory }: ModelReport): bigint =>
  weightBytesOf(measure(spec).graph, OPS) - memory.weightBytes;

/** With what takes a compilation to know: the same numbers that budgets are held to. */
export function withMemory(
  report: ModelReport,
  { activations, training, execution }: GraphFootprint,
): ModelReport {
  const { spec, lengths } = report;
  const memory = {
    ...report.memory,
    peakActivationBytes: activations(spec, lengths, 'fp32')?.bytes ?? null,
    trainingActivationBytes: training(spec, lengths)?.bytes ?? null,
  };
  return { ...report, memory, execution: execution(spec, lengths, 'fp32') };
}
