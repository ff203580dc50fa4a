/** Bytes that a model needs, in float32, and the entries of its attention matrices. */
import { type GraphFootprint, kvCache } from './quantities.ts';
import type { ModelReport } from './report.ts';

export interface MemoryReport {
  /** Entries of all attention matrices, were they all written at once. */
  readonly attentionElements: bigint;
  readonly weightBytes: bigint;
  /** The most that activations take at once; null: not asked for (`withMemory`). */
  readonly peakActivationBytes: bigint | null;
  /** Keys and values that decoding keeps; null: nothing is decoded. */
  readonly kvCacheBytes: bigint | null;
}

const FLOAT32 = 4n;

export const memoryOf = (report: Omit<ModelReport, 'memory'>): MemoryReport => ({
  attentionElements: report.entries.count,
  weightBytes: FLOAT32 * report.parameters.total,
  peakActivationBytes: null,
  kvCacheBytes: kvCache(report, 'fp32')?.total.numerator ?? null,
});

/** With what takes a compilation to know: the same numbers that budgets are held to. */
export function withMemory(report: ModelReport, { activations }: GraphFootprint): ModelReport {
  const { spec, lengths } = report;
  return { ...report, memory: { ...report.memory, peakActivationBytes: activations(spec, lengths, 'fp32') } };
}
