/** The bytes that a model needs in float32, and the entries of its attention matrices. */
import { defaultEntryOf } from '../../compiler/model/index.ts';
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
  /** The entry that `peakActivationBytes` is for: the default entry of the model. */
  readonly entry: 'generate' | 'encode';
  /** The most bytes of activations at once in a run of `entry`; null until `withMemory` computes it. */
  readonly peakActivationBytes: bigint | null;
  /**
   * An estimate of the same for a step of training, including the values that are kept for gradients, and the gradients
   * of activations; null until `withMemory` computes it.
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
  entry: defaultEntryOf(report.spec),
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

/** Adds to a report the most memory that a run takes, from the compiled graph. Budgets use the same number. */
export function withPeak(report: ModelReport, { activations }: GraphFootprint): ModelReport {
  const peak = activations(report.spec, report.lengths, 'fp32');
  return { ...report, memory: { ...report.memory, peakActivationBytes: peak?.bytes ?? null } };
}

/** Adds to a report all numbers that are found only in a compiled graph. Budgets use the same numbers. */
export function withMemory(report: ModelReport, footprint: GraphFootprint): ModelReport {
  const { spec, lengths } = report;
  const { memory, ...complete } = withPeak(report, footprint);
  return {
    ...complete,
    memory: { ...memory, trainingActivationBytes: footprint.training(spec, lengths)?.bytes ?? null },
    execution: footprint.execution(spec, lengths, 'fp32'),
  };
}
