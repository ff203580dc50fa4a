/** Checks whether a model can meet the requested limits of a text and the requested settings of the search. */
import type { SearchSettings } from '../compiler/model/lowering.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';
import { MOST_BEAMS, MOST_NGRAM } from './constants.ts';
import { type Elsewhere, NUMBER, type OptionRules } from './options.ts';

export interface LimitOptions {
  /** The maximum number of tokens before the final eos. Default: the model's `target` minus one. */
  readonly max?: number;
  /** The minimum number of tokens before the final eos. Default 0. */
  readonly min?: number;
  /** The exponent of the length in the score. Default 1. */
  readonly lengthPenalty?: number;
}

export const LIMIT_OPTIONS: OptionRules<LimitOptions> = { max: NUMBER, min: NUMBER, lengthPenalty: NUMBER };

export const SEARCH_OPTIONS: OptionRules<SearchSettings> = {
  beam: NUMBER,
  returned: NUMBER,
  noRepeatNgram: NUMBER,
};

/** The advice for search options in a call that runs a model. The search was fixed when the model was compiled. */
export const SEARCH_ELSEWHERE: Elsewhere = {
  rules: SEARCH_OPTIONS,
  help: 'the search is part of the compiled model: give this option to `compile`, or to `load` of a .ben file',
};

export type Limits = Required<LimitOptions>;

/** The maximum number of tokens that a model can write before the final eos; 0 for a model without a decoder. */
export const mostTokens = (spec: { readonly decoder?: { readonly target: number } }): number =>
  Math.max((spec.decoder?.target ?? 1) - 1, 0);

/**
 * The largest length penalty, which is also the largest negative one. A score is divided by the length to the power of
 * the penalty, and the graph computes this in float32: a power beyond 10^30 could leave the range of the scores.
 */
const steepestPenalty = (most: number): number => Math.floor(300 / Math.log10(Math.max(most + 1, 2))) / 10;

/** The limits with their defaults filled in, or a diagnostic (D556) for each problem with them. */
export function limitsOf(
  options: LimitOptions,
  spec: { readonly decoder?: { readonly target: number } },
): Outcome<Limits> {
  const most = mostTokens(spec);
  const { min = 0, max = most, lengthPenalty = 1 } = options;
  const diagnostics: Diagnostic[] = [];
  const refuse = (message: string, help?: string): void => {
    diagnostics.push(runtimeDiagnostic('D556', message, help));
  };
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!whole(min)) refuse(`min is ${min}, but must be an integer of 0 or greater`);
  if (!whole(max)) refuse(`max is ${max}, but must be an integer of 0 or greater`);
  else if (max > most) {
    const help = `use at most ${most}, or a model with a longer \`target\``;
    refuse(
      `max is ${max}, but the model writes at most ${most} ${most === 1 ? 'token' : 'tokens'} before the end mark`,
      help,
    );
  } else if (whole(min) && min > max) refuse(`min is ${min}, but must not be more than max, which is ${max}`);
  const steepest = steepestPenalty(most);
  if (!(Math.abs(lengthPenalty) <= steepest)) {
    const why = `with others, the score of a text of ${most + 1} tokens does not fit in float32`;
    const help = 'the usual values of `--length-penalty` (in a program: `lengthPenalty`) are from 0 to 2';
    refuse(
      `the length penalty is ${lengthPenalty}, but must be a number from ${-steepest} to ${steepest}: ${why}`,
      help,
    );
  }
  return diagnostics.length > 0 ? { diagnostics } : { value: { min, max, lengthPenalty }, diagnostics };
}

/** The problems (D556) with the search settings that a model is to be compiled with. */
export function checkSearch({ beam, returned, noRepeatNgram }: SearchSettings): Diagnostic[] {
  const within = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  const diagnostics: Diagnostic[] = [];
  const refuse = (message: string, help?: string): void => {
    diagnostics.push(runtimeDiagnostic('D556', message, help));
  };
  if (!within(beam, 1, MOST_BEAMS))
    refuse(`the number of beams is ${beam}, but must be an integer from 1 to ${MOST_BEAMS}`);
  else if (!within(returned, 1, beam)) {
    const help = returned > beam ? `search with more beams, at least ${returned}` : undefined;
    refuse(
      `${returned} texts are requested, but a search with ${beam} ${beam === 1 ? 'beam returns 1 text' : `beams returns 1 to ${beam} texts`}`,
      help,
    );
  }
  if (!within(noRepeatNgram, 0, MOST_NGRAM)) {
    const range = `an integer from 0 (no limit) to ${MOST_NGRAM}`;
    refuse(`the length of n-grams that may not repeat is ${noRepeatNgram}, but must be ${range}`);
  }
  return diagnostics;
}
