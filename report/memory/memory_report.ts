/** The bytes that a model needs in float32, and the entries of its attention matrices. */
import { OPS } from '../../compiler/ops/index.ts';
import { measure } from '../measured.ts';
import type { ModelReport } from '../report.ts';
import type { GraphFootprint } from './held.ts';
import { kvCache } from './kv_cache.ts';
import { weightBytesOf } from './weights.ts';

export interface MemoryReport {
  /** Entries of all attention matrices, including entries that a causal mask hides. */
  readonly attentionElements: bigint;
  readonly weightBytes: bigint;
  /** The most bytes of activations at once; null until `withMemory` computes it. */
  readonly peakActivationBytes: bigint | null;
  /**
   * The same for a step of training, including the values that are kept for gradients, and the gradients of activations.
   */
  readonly trainingActivationBytes: bigint | null;
  /** The gradients of the weights. */
  readonly gradientBytes: bigint;
  /** Adam's two moments for each weight. */
  readonly optimizerBytes: bigint;
  /** The keys and values that decoding keeps; null without a decoder. */
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

/**
 * The bytes of float32 tables of positions. An artifact contains these tables in addition to the weights, but they are
 * not trained.
 */
export const positionBytes = ({ spec, memory }: ModelReport): bigint =>
  weightBytesOf(measure(spec).graph, OPS) - memory.weightBytes;

/** Adds to a report the numbers that are found only in a compiled graph. Budgets use the same numbers. */
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
