/** Checks the requested limits of a text, and the settings of the search for it, against what the model can do. */
import type { SearchSettings } from '../compiler/model/lowering.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';
import { MOST_BEAMS, MOST_NGRAM } from './constants.ts';
import { type Elsewhere, NUMBER, type OptionRules } from './options.ts';

export interface LimitOptions {
  /** The most tokens before the final eos. Default: the model's `target` less one. */
  readonly max?: number;
  /** The fewest tokens before the final eos. Default 0. */
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

/** Search options given to a call of a model, whose search was fixed when it was compiled. */
export const SEARCH_ELSEWHERE: Elsewhere = {
  rules: SEARCH_OPTIONS,
  help: 'the search is part of the model: give it to `compile`, or to `load` of a .ben file',
};

export type Limits = Required<LimitOptions>;

/** The most tokens before the final eos that a model can write; 0 for a model without a decoder. */
export const mostTokens = (spec: { readonly decoder?: { readonly target: number } }): number =>
  Math.max((spec.decoder?.target ?? 1) - 1, 0);

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
  if (!whole(min)) refuse(`min is ${min}, and must be a whole number from 0`);
  if (!whole(max)) refuse(`max is ${max}, and must be a whole number from 0`);
  else if (max > most) {
    const help = `use at most ${most}, or a model with a longer \`target\``;
    refuse(
      `max is ${max}, and the model writes at most ${most} ${most === 1 ? 'token' : 'tokens'} before the end mark`,
      help,
    );
  } else if (whole(min) && min > max) refuse(`min is ${min}, more than max, ${max}`);
  // The graph computes with float32, where a larger number is infinite.
  if (!Number.isFinite(Math.fround(lengthPenalty)))
    refuse(`the length penalty is ${lengthPenalty}, and must be a finite number`);
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
    refuse(`the search has ${beam} beams, and must have a whole number from 1 to ${MOST_BEAMS}`);
  else if (!within(returned, 1, beam)) {
    const help = returned > beam ? `search with more beams, at least ${returned}` : undefined;
    refuse(`${returned} texts are requested, and ${beam} beams find from 1 to ${beam}`, help);
  }
  if (!within(noRepeatNgram, 0, MOST_NGRAM)) {
    const range = `a whole number from 0 (no limit) to ${MOST_NGRAM}`;
    refuse(`the length of n-grams that may not repeat is ${noRepeatNgram}, and must be ${range}`);
  }
  return diagnostics;
}
