/**
 * Compares a quantised model with the same model in float32. Both read the same document and are teacher-forced with
 * the same text, so that their outputs can be compared element by element.
 */
import type { Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { batchOf, int64 } from './batch.ts';
import type { Model } from './model.ts';
import type { TensorData, Tensors } from './tensor.ts';

/** The default document: long enough to exercise every layer, and short enough to be fast. */
export const CALIBRATION_TEXT = `The river had been rising for three days when the council met. Engineers who \
had walked the dikes that morning reported two places where water was already seeping through, and they asked \
for pumps, sand and four hundred volunteers before nightfall. The mayor, who had seen the flood of 1997 as a \
child, did not wait for the vote: schools were closed, buses were sent to the low streets, and the old mill was \
opened for everyone who had nowhere else to go. By ten in the evening the northern dike had been raised by half \
a metre along its whole length. Nobody slept much. A little after four the rain stopped, and at dawn the gauge \
at the bridge showed, for the first time in a week, two centimetres less than the hour before.`;

/**
 * The maximum number of target tokens. Each token costs a row of logits over the vocabulary, and more tokens would add
 * little information.
 */
const MOST_TARGET = 64;

export interface PrecisionError {
  /** The output that was compared: logits, or the memory if the model or its entry has no decoder. */
  readonly of: 'logits' | 'memory';
  /** The largest absolute difference between two elements. */
  readonly max: number;
  /** The mean absolute difference. */
  readonly mean: number;
  /** The share of positions, from 0 to 1, at which both models predict the same token; for logits only. */
  readonly agreement?: number;
  readonly documentTokens: number;
  /** The number of target tokens, without the start token. */
  readonly targetTokens?: number;
}

/** The output of one of the two models. */
export interface Calibrated {
  readonly of: PrecisionError['of'];
  readonly result: TensorData;
  readonly documentTokens: number;
  readonly targetTokens?: number;
}

/** Runs a model of entry `forward` or `encode` on a document. The target text is the beginning of the document itself. */
export async function calibrate(model: Model, document: string): Promise<Outcome<Calibrated>> {
  const { info, tokenizer } = model;
  const { feeds, encoded } = await batchOf([document], tokenizer, info, 'cut');
  const { ids, leading = 0 } = encoded[0]!;
  const most = Math.min(MOST_TARGET, (info.spec.decoder?.target ?? 1) - 1);
  const target = info.entry === 'forward' ? [info.ids.eos, ...ids.slice(leading, leading + most)] : undefined;
  const more: Tensors = target ? { decoder_input_ids: int64([1, target.length], target) } : {};
  const of = target ? 'logits' : 'memory';
  const out = await model.run({ ...feeds, ...more }, { outputs: [of] });
  const result = out[of]!;
  if (!(result.data as Float32Array).every(Number.isFinite))
    return { diagnostics: [runtimeDiagnostic('D557', `not all numbers of the model's ${of} are finite`)] };
  const tokens = { documentTokens: ids.length, ...(target && { targetTokens: target.length - 1 }) };
  return { value: { of, result, ...tokens }, diagnostics: [] };
}

function argmax(data: Float32Array, start: number, end: number): number {
  let best = start;
  for (let i = start + 1; i < end; i++) if (data[i]! > data[best]!) best = i;
  return best;
}

/** The error of the quantised model's output against the output of the float32 model. */
export function errorBetween(exact: Calibrated, quantized: Calibrated): PrecisionError {
  const { result, ...what } = exact;
  const [want, got] = [result.data as Float32Array, quantized.result.data as Float32Array];
  let [max, sum] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const difference = Math.abs(want[i]! - got[i]!);
    max = Math.max(max, difference);
    sum += difference;
  }
  const error = { ...what, max, mean: sum / Math.max(want.length, 1) };
  if (what.of === 'memory') return error;
  const words = result.shape.at(-1)!;
  const positions = want.length / words;
  let same = 0;
  for (let p = 0; p < positions; p++) {
    const [start, end] = [p * words, (p + 1) * words];
    if (argmax(want, start, end) === argmax(got, start, end)) same++;
  }
  return { ...error, agreement: same / positions };
}
