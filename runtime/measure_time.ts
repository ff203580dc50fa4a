/** How long a loaded model takes on documents of given lengths; what the words are does not matter. */
import type { Model } from './model.ts';
import { type Runs, timed } from './stopwatch.ts';
import type { TensorData, Tensors } from './tensor.ts';

export interface TimeLengths {
  readonly length: number;
  /** Words to write; nothing for entry `encode`. */
  readonly target: number;
  readonly batch: number;
}

/** Seconds of each run. */
export interface MeasuredTime {
  /** The encoder; with a decoder, to the first word. */
  readonly first: readonly number[];
  /** Of the same rounds, to the last word; absent where there is one word, or none. */
  readonly all?: readonly number[];
}

const int64 = (shape: readonly number[], value: (i: number) => number): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => BigInt(value(i))),
});

function documents({ length, batch }: TimeLengths, vocabulary: number): Tensors {
  const shape = [batch, length];
  return { input_ids: int64(shape, (i) => (i * 7919) % vocabulary), attention_mask: int64(shape, () => 1) };
}

/** Exactly so many words: one word is the end mark, which no limit counts. */
const limitsFor = (words: number): Tensors => ({
  max_length: int64([], () => words - 1),
  min_length: int64([], () => words - 1),
  length_penalty: { dtype: 'float32', shape: [], data: Float32Array.of(1) },
});

/** Of entry `generate` or `encode`. Rejects with DiagnosticError, or with the signal's reason. */
export async function measureTime(
  model: Model,
  lengths: TimeLengths,
  runs: Runs,
  signal?: AbortSignal,
): Promise<MeasuredTime> {
  const document = documents(lengths, model.info.spec.vocabulary);
  const run = (more: Tensors) => () => model.run({ ...document, ...more }, signal ? { signal } : {});
  if (model.info.entry === 'encode') return timed({ first: run({}) }, runs);
  const first = run(limitsFor(1));
  if (lengths.target === 1) return timed({ first }, runs);
  return timed({ first, all: run(limitsFor(lengths.target)) }, runs);
}
