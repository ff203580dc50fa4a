/** The runs of a loaded model whose times are measured. Their documents have given lengths and arbitrary tokens. */
import { sizeOf } from '../compiler/ir/tensors.ts';
import type { Model } from './model.ts';
import type { Tasks } from './stopwatch.ts';
import type { TensorData, Tensors } from './tensor.ts';

export interface TimeLengths {
  /** Tokens of each document. */
  readonly length: number;
  /** Tokens to generate; ignored for entry `encode`. */
  readonly target: number;
  /** Number of documents. */
  readonly batch: number;
}

const int64 = (shape: readonly number[], value: (i: number) => number): TensorData => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from({ length: sizeOf(shape) }, (_, i) => BigInt(value(i))),
});

function documents({ length, batch }: TimeLengths, vocabulary: number): Tensors {
  const shape = [batch, length];
  return { input_ids: int64(shape, (i) => (i * 7919) % vocabulary), attention_mask: int64(shape, () => 1) };
}

/** Limits that force exactly `words` tokens. One of them is the eos, which the limits do not count. */
const limitsFor = (words: number): Tensors => ({
  max_length: int64([], () => words - 1),
  min_length: int64([], () => words - 1),
  length_penalty: { dtype: 'float32', shape: [], data: Float32Array.of(1) },
});

/**
 * The tasks of a model of entry `generate` or `encode`. `first` runs the encoder and, with a decoder, the first token.
 * `all` runs to the last token, if there is more than one. Tasks reject with DiagnosticError or with the signal's
 * reason.
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
