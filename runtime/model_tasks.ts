/** What a loaded model does with documents of given lengths, to be timed; what the words are does not matter. */
import type { Model } from './model.ts';
import type { Tasks } from './stopwatch.ts';
import type { TensorData, Tensors } from './tensor.ts';

export interface TimeLengths {
  readonly length: number;
  /** Words to write; nothing for entry `encode`. */
  readonly target: number;
  readonly batch: number;
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

/** Exactly so many words: one of them is the end mark, which no limit counts. */
const limitsFor = (words: number): Tensors => ({
  max_length: int64([], () => words - 1),
  min_length: int64([], () => words - 1),
  length_penalty: { dtype: 'float32', shape: [], data: Float32Array.of(1) },
});

/**
 * Of entry `generate` or `encode`. `first`: the encoder; with a decoder, to the first word. `all`: to the last, where it
 * is another. They reject with DiagnosticError, or with the signal's reason.
 */
export function modelTasks(model: Model, lengths: TimeLengths, signal?: AbortSignal): Tasks {
  const document = documents(lengths, model.info.spec.vocabulary);
  const task =
    (more: Tensors): Tasks[string] =>
    () =>
      model.run({ ...document, ...more }, signal ? { signal } : {});
  if (model.info.entry === 'encode') return { first: task({}) };
  const first = task(limitsFor(1));
  return lengths.target === 1 ? { first } : { first, all: task(limitsFor(lengths.target)) };
}
