/** From the tensors of a run to what a caller gets: texts, scores, and what the encoder kept. */
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import { type Batch, float32, int64, type ReadDocument, rowOf, untilEnd } from './batch.ts';
import { type KeptWord, keptWords } from './kept.ts';
import type { TensorData, Tensors } from './tensor.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface Reading {
  readonly document: ReadDocument;
  /** Memory slots that hold something. */
  readonly slots: number;
  /** The document's words with the weight that the memory gives them, in document order. */
  readonly kept: readonly KeptWord[];
}

export interface Hypothesis {
  readonly text: string;
  /** Without start, the final eos included. */
  readonly ids: readonly number[];
  /** Sum of the log-probabilities by the length to the power of the length penalty. */
  readonly score: number;
}

/** The best text of a document. */
export interface Generated extends Reading, Hypothesis {
  /** The next best ones, best first: as many as the model was compiled to give, less those not found. */
  readonly alternatives: readonly Hypothesis[];
}

const DAMAGED = 'its data file is damaged or belongs to another model: compile it again';

const finite = (v: number | bigint): boolean => Number.isFinite(Number(v));

/** Scores aside, which are -inf where there is no text: all numbers must be finite. Throws DiagnosticError. */
export function checkFinite(out: Readonly<Record<string, TensorData>>): void {
  const lost = Object.keys(out).find(
    (name) => name !== 'scores' && out[name]!.dtype === 'float32' && !out[name]!.data.every(finite),
  );
  if (lost !== undefined) {
    const message = `the model's ${lost} are not finite numbers`;
    throw new DiagnosticError(runtimeDiagnostic('D557', message, DAMAGED));
  }
}

export function readingOf(
  text: string,
  { encoded, documents }: Batch,
  out: Readonly<Record<string, TensorData>>,
  row: number,
): Reading {
  const slots = rowOf(out.memory_mask!, row).filter((v) => Number(v) === 1).length;
  const kept = keptWords(text, encoded[row]!, {
    index: rowOf(out.origin_index!, row),
    weight: rowOf(out.origin_weight!, row),
  });
  return { document: documents[row]!, slots, kept };
}

export const limitFeeds = ({ max, min, lengthPenalty }: Limits): Tensors => ({
  max_length: int64([], [max]),
  min_length: int64([], [min]),
  length_penalty: float32([], [lengthPenalty]),
});

/** The texts of one document, best first. Throws DiagnosticError when there is none. */
export function textsOf(
  { sequences, scores }: Readonly<Record<string, TensorData>>,
  row: number,
  info: ArtifactInfo,
  tokenizer: Tokenizer,
): readonly [Hypothesis, ...Hypothesis[]] {
  const steps = sequences!.shape[2]!;
  const all = rowOf(sequences!, row);
  const found = Array.from(rowOf(scores!, row), Number).flatMap((score, i): Hypothesis[] => {
    if (!Number.isFinite(score)) return [];
    const ids = untilEnd(all.subarray(i * steps, (i + 1) * steps), info);
    return [{ text: tokenizer.decode(ids), ids, score }];
  });
  const [best, ...others] = found;
  if (best) return [best, ...others];
  // Only a rule against repetition can leave a sound model without any word to go on with.
  if (info.search.noRepeatNgram === 0) {
    throw new DiagnosticError(
      runtimeDiagnostic('D557', "the model's scores are not finite numbers", DAMAGED),
    );
  }
  const which = scores!.shape[0]! > 1 ? ` of document ${row + 1}` : '';
  const message = `no text${which} keeps to the limits: each repeats ${info.search.noRepeatNgram} tokens in a row before it may end`;
  throw new DiagnosticError(
    runtimeDiagnostic('D561', message, 'ask for shorter texts, or compile with a longer --no-repeat-ngram'),
  );
}
