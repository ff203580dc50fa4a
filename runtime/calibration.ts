/**
 * How far a model in fewer bits is from the same model in float32: both read one document, and both continue one
 * text, teacher forced, so that every number of one has its partner in the other.
 */
import type { Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { batchOf, int64 } from './batch.ts';
import type { Model } from './model.ts';
import type { TensorData, Tensors } from './tensor.ts';

/** Read where no document is given: enough words for every layer to have something to do, and soon read. */
export const CALIBRATION_TEXT = `The river had been rising for three days when the council met. Engineers who \
had walked the dikes that morning reported two places where water was already seeping through, and they asked \
for pumps, sand and four hundred volunteers before nightfall. The mayor, who had seen the flood of 1997 as a \
child, did not wait for the vote: schools were closed, buses were sent to the low streets, and the old mill was \
opened for everyone who had nowhere else to go. By ten in the evening the northern dike had been raised by half \
a metre along its whole length. Nobody slept much. A little after four the rain stopped, and at dawn the gauge \
at the bridge showed, for the first time in a week, two centimetres less than the hour before.`;

/** Most tokens that are continued; more of them tell little more, and cost a vocabulary each. */
const MOST_TARGET = 64;

export interface PrecisionError {
  /** What was compared: logits, or the memory of a model or artifact that only reads. */
  readonly of: 'logits' | 'memory';
  /** Largest and mean difference, in the unit of what was compared. */
  readonly max: number;
  readonly mean: number;
  /** Share of positions, from 0 to 1, where both find the same word likeliest; of logits only. */
  readonly agreement?: number;
  readonly documentTokens: number;
  /** Tokens that were continued, the start not counted. */
  readonly targetTokens?: number;
}

/** What one of the two models gives. */
export interface Calibrated {
  readonly of: PrecisionError['of'];
  readonly result: TensorData;
  readonly documentTokens: number;
  readonly targetTokens?: number;
}

/** Runs a model of entry `forward` or `encode` on a document; the text continued is the document's own beginning. */
export async function calibrate(model: Model, document: string): Promise<Outcome<Calibrated>> {
  const { info, tokenizer } = model;
  const { feeds, encoded } = batchOf([document], tokenizer, info, 'cut');
  const ids = encoded[0]!.ids;
  const most = Math.min(MOST_TARGET, (info.spec.decoder?.target ?? 1) - 1);
  const target = info.entry === 'forward' ? [info.ids.eos, ...ids.slice(0, most)] : undefined;
  const more: Tensors = target ? { decoder_input_ids: int64([1, target.length], target) } : {};
  const of = target ? 'logits' : 'memory';
  const out = await model.run({ ...feeds, ...more }, { outputs: [of] });
  const result = out[of]!;
  if (!(result.data as Float32Array).every(Number.isFinite))
    return { diagnostics: [runtimeDiagnostic('D557', `the model's ${of} are not finite numbers`)] };
  const tokens = { documentTokens: ids.length, ...(target && { targetTokens: target.length - 1 }) };
  return { value: { of, result, ...tokens }, diagnostics: [] };
}

function argmax(data: Float32Array, start: number, end: number): number {
  let best = start;
  for (let i = start + 1; i < end; i++) if (data[i]! > data[best]!) best = i;
  return best;
}

/** The model's numbers in fewer bits against those of float32. */
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
