/** Bytes that a model needs, in float32, and the entries of its attention matrices. */
import { type Footprint, kvCache } from './budget_quantities.ts';
import type { ModelReport } from './report.ts';

export interface MemoryReport {
  /** Entries of all attention matrices, were they all written at once. */
  readonly attentionElements: bigint;
  readonly weightBytes: bigint;
  /** The most that activations take at once; null: not asked for (`withMemory`). */
  readonly peakActivationBytes: bigint | null;
  /** Keys and values that decoding keeps; null: not asked for, or nothing is decoded. */
  readonly kvCacheBytes: bigint | null;
}

const FLOAT32 = 4n;

export const memoryOf = (parameters: bigint, attentionElements: bigint): MemoryReport => ({
  attentionElements,
  weightBytes: FLOAT32 * parameters,
  peakActivationBytes: null,
  kvCacheBytes: null,
});

/** With what takes a compilation to know: the same numbers that budgets are held to. */
export function withMemory(report: ModelReport, activations: Footprint['activations']): ModelReport {
  const { spec, lengths, decoder } = report;
  const memory = {
    ...report.memory,
    peakActivationBytes: activations(spec, lengths, 'fp32'),
    kvCacheBytes: decoder ? kvCache({ report, precision: 'fp32' }).total.numerator : null,
  };
  return { ...report, memory };
}
