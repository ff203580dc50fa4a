/** Converts the output tensors of a run into results: texts, scores, and the words that the encoder kept. */
import { DiagnosticError } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import { type Batch, float32, int64, type ReadDocument, rowOf, untilEnd } from './batch.ts';
import { type KeptWord, keptWords } from './kept_words.ts';
import type { TensorData, Tensors } from './tensor.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface Reading {
  readonly document: ReadDocument;
  /** The number of memory slots that are not padding. */
  readonly slots: number;
  /** The words of the document, in order, with their weights in the memory. Empty without offsets of tokens. */
  readonly kept: readonly KeptWord[];
}

export interface Hypothesis {
  readonly text: string;
  /** The generated ids, without the start token and with the final eos. */
  readonly ids: readonly number[];
  /** The sum of the log-probabilities, divided by the length to the power of the length penalty. */
  readonly score: number;
}

/** The best text of a document. */
export interface Generated extends Reading, Hypothesis {
  /** Further texts, best first: at most `returned` - 1, or fewer if the search finds fewer. */
  readonly alternatives: readonly Hypothesis[];
}

const DAMAGED = 'its data file is damaged or belongs to another model; compile the model again';

const finite = (v: number | bigint): boolean => Number.isFinite(Number(v));

/** Throws DiagnosticError (D557) if an output is not finite. `scores` are exempt: they are -inf where there is no text. */
export function checkFinite(out: Readonly<Record<string, TensorData>>): void {
  const lost = Object.keys(out).find(
    (name) => name !== 'scores' && out[name]!.dtype === 'float32' && !out[name]!.data.every(finite),
  );
  if (lost !== undefined) {
    const message = `not all numbers of the model's ${lost} are finite`;
    throw new DiagnosticError(runtimeDiagnostic('D557', message, DAMAGED));
  }
}

/** The results of a run for one document of a batch, except the texts. */
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

/**
 * The texts of one document, best first. Rejects with DiagnosticError if there is none (D561, or D557 for a damaged
 * model), or if the tokenizer fails (D531).
 */
export async function textsOf(
  { sequences, scores }: Readonly<Record<string, TensorData>>,
  row: number,
  info: ArtifactInfo,
  tokenizer: Tokenizer,
): Promise<readonly [Hypothesis, ...Hypothesis[]]> {
  const steps = sequences!.shape[2]!;
  const all = rowOf(sequences!, row);
  const found = Array.from(rowOf(scores!, row), Number).flatMap((score, i) =>
    Number.isFinite(score) ? [{ score, ids: untilEnd(all.subarray(i * steps, (i + 1) * steps), info) }] : [],
  );
  const [best, ...others] = await Promise.all(
    found.map(
      async ({ ids, score }): Promise<Hypothesis> => ({ text: await tokenizer.decode(ids), ids, score }),
    ),
  );
  if (best) return [best, ...others];
  // In a sound model, only the rule against repeated n-grams can forbid every token.
  if (info.search.noRepeatNgram === 0) {
    throw new DiagnosticError(
      runtimeDiagnostic('D557', "not all of the model's scores are finite numbers", DAMAGED),
    );
  }
  const which = scores!.shape[0]! > 1 ? ` of document ${row + 1}` : '';
  const message = `no text${which} meets the limits: every text repeats a sequence of ${info.search.noRepeatNgram} tokens before it may end`;
  throw new DiagnosticError(
    runtimeDiagnostic(
      'D561',
      message,
      'use a smaller minimum length, or compile with a larger --no-repeat-ngram',
    ),
  );
}
