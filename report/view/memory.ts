/**
 * The rows of the table of memory in float32: parts and sums. A row whose value is unknown is left out. The memory of a run
 * is for one entry, which its rows name.
 */
import type { MemoryReport } from '../memory/memory_report.ts';

const sum = (...all: readonly (bigint | null)[]): bigint | null =>
  all.reduce((total, one) => (total === null || one === null ? null : total + one), 0n);

export function memoryRows(memory: MemoryReport): readonly (readonly [string, bigint])[] {
  const { entry, weightBytes, peakActivationBytes, kvCacheBytes } = memory;
  const { gradientBytes, optimizerBytes, trainingActivationBytes } = memory;
  const rows: readonly (readonly [string, bigint | null])[] = [
    ['weights', weightBytes],
    [`${entry}: most activations at once`, peakActivationBytes],
    [`${entry}: weights and activations`, sum(weightBytes, peakActivationBytes)],
    [`${entry}: keys and values of all words`, kvCacheBytes],
    ['training: gradients of the weights', gradientBytes],
    ['training: Adam’s two moments', optimizerBytes],
    ['training: most activations at once (estimate)', trainingActivationBytes],
    [
      'training: all of it (estimate)',
      sum(weightBytes, gradientBytes, optimizerBytes, trainingActivationBytes),
    ],
  ];
  return rows.flatMap(([name, bytes]) => (bytes === null ? [] : [[name, bytes] as const]));
}
