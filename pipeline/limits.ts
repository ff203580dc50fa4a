/** What a person asks of a text and of the search for it, held against what can be done. */
import type { SearchSettings } from '../compiler/model/lowering.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';
import { type Elsewhere, type Kinds, NUMBER } from './options.ts';
import { MOST_BEAMS, MOST_NGRAM } from './search_bounds.ts';

export interface LimitOptions {
  /** Most tokens before the final eos; default: the model's `target`, less one. */
  readonly max?: number;
  /** Fewest tokens before the final eos; default 0. */
  readonly min?: number;
  /** Exponent of the length in the score; default 1. */
  readonly lengthPenalty?: number;
}

export const LIMIT_OPTIONS: Kinds<LimitOptions> = { max: NUMBER, min: NUMBER, lengthPenalty: NUMBER };

export const SEARCH_OPTIONS: Kinds<SearchSettings> = {
  beam: NUMBER,
  returned: NUMBER,
  noRepeatNgram: NUMBER,
};

/** For calls of a model, which searches as it was compiled to. */
export const SEARCH_ELSEWHERE: Elsewhere = {
  kinds: SEARCH_OPTIONS,
  help: 'the search is part of the model: give it to `compile`, or to `load` of a .ben file',
};

export type Limits = Required<LimitOptions>;

/** Most tokens before the final eos that a model can write; 0 for one without a decoder. */
export const mostTokens = (spec: { readonly decoder?: { readonly target: number } }): number =>
  Math.max((spec.decoder?.target ?? 1) - 1, 0);

/** The limits with their defaults, or everything that is wrong with them. */
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

/** What is wrong with a search that a model is to be compiled with. */
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
    refuse(`${returned} texts are asked for, and ${beam} beams find from 1 to ${beam}`, help);
  }
  if (!within(noRepeatNgram, 0, MOST_NGRAM)) {
    const range = `a whole number from 0, for none, to ${MOST_NGRAM}`;
    refuse(`the n-grams that may not repeat have ${noRepeatNgram} words, and must have ${range}`);
  }
  return diagnostics;
}
