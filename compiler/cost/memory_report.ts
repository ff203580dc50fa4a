/** Bytes that a model needs, in float32, and the entries of its attention matrices. */

export interface MemoryReport {
  /** Entries of all attention matrices, were they all written at once. */
  readonly attentionElements: bigint;
  readonly weightBytes: bigint;
  /** The most that activations take at once; null: not known. */
  readonly peakActivationBytes: bigint | null;
  /** Keys and values that decoding keeps; null: not known, or nothing is decoded. */
  readonly kvCacheBytes: bigint | null;
}

const FLOAT32 = 4n;

export const memoryOf = (parameters: bigint, attentionElements: bigint): MemoryReport => ({
  attentionElements,
  weightBytes: FLOAT32 * parameters,
  peakActivationBytes: null,
  kvCacheBytes: null,
});
