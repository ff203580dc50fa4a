/**
 * Checks the arguments and options of public functions, for callers from plain JavaScript. For each interface of
 * options there is a table with a rule for the value of each option. Ranges that depend on a model are checked in
 * `limits.ts`.
 */
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { suggestOrList } from '../dsl/suggest.ts';
import { runtimeDiagnostic } from './codes.ts';

/** A rule for a value. `is` completes the sentence "it must be …". */
export interface ValueRule {
  readonly is: string;
  readonly fits: (value: unknown) => boolean;
}

/** A rule for each option of an interface. If an option has no rule, TypeScript reports an error. */
export type OptionRules<T> = { readonly [Name in keyof T]-?: ValueRule };

const has = (value: unknown, members: Readonly<Record<string, string>>): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(members).every(([name, type]) => typeof Reflect.get(value, name) === type);

export const TEXT: ValueRule = { is: 'a string', fits: (value) => typeof value === 'string' };
export const TEXTS: ValueRule = {
  is: 'an array of strings',
  fits: (value) => Array.isArray(value) && Array.from(value).every(TEXT.fits),
};
export const NUMBER: ValueRule = { is: 'a number', fits: (value) => typeof value === 'number' };
export const WHOLE: ValueRule = { is: 'an integer', fits: Number.isSafeInteger };
/** The most threads of an operator. ONNX Runtime creates them all at once. */
const MOST_THREADS = 1024;
export const THREADS: ValueRule = {
  is: `an integer from 0 to ${MOST_THREADS}`,
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_THREADS,
};
export const SWITCH: ValueRule = { is: 'true or false', fits: (value) => typeof value === 'boolean' };
export const CALLBACK: ValueRule = { is: 'a function', fits: (value) => typeof value === 'function' };
export const OBJECT: ValueRule = { is: 'an object', fits: (value) => has(value, {}) };
export const LIST: ValueRule = { is: 'an array', fits: Array.isArray };
export const SIGNAL: ValueRule = {
  is: 'an AbortSignal',
  fits: (value) => has(value, { aborted: 'boolean', addEventListener: 'function' }),
};
export const SOURCE: ValueRule = {
  is: 'a source: { path, text }, both strings',
  fits: (value) => has(value, { path: 'string', text: 'string' }),
};
export const TOKENIZER: ValueRule = {
  is: 'a path or a tokenizer',
  fits: (value) =>
    TEXT.fits(value) || has(value, { encode: 'function', decode: 'function', special: 'object' }),
};
export const either = (first: ValueRule, second: ValueRule): ValueRule => ({
  is: `${first.is}, or ${second.is}`,
  fits: (value) => first.fits(value) || second.fits(value),
});
export const objectWith = (members: Readonly<Record<string, string>>, is: string): ValueRule => ({
  is,
  fits: (value) => has(value, members),
});
export const oneOf = (choices: readonly string[]): ValueRule => ({
  is: `one of ${choices.join(', ')}`,
  fits: (value) => typeof value === 'string' && choices.includes(value),
});
export const oneOfNumbers = (choices: readonly number[]): ValueRule => ({
  is: `one of ${choices.join(', ')}`,
  fits: (value) => typeof value === 'number' && choices.includes(value),
});

/** A short text for a value. It quotes strings, so that 2 and '2' look different. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const line = value.replace(/\s+/g, ' ');
    return `'${line.length > 40 ? `${line.slice(0, 40)}…` : line}'`;
  }
  if (Array.isArray(value)) {
    const odd = Array.from(value).findIndex((item) => !TEXT.fits(item));
    return odd < 0 ? 'an array' : `an array with ${shown(value[odd])} at index ${odd}`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** The problem (D570) with one argument or option, or undefined if the value fits its rule. */
export function argumentProblem(
  name: string,
  value: unknown,
  { is, fits }: ValueRule,
  help?: string,
): Diagnostic | undefined {
  if (fits(value)) return undefined;
  return runtimeDiagnostic('D570', `${name} is ${shown(value)}, but must be ${is}`, help);
}

/** Options that belong to another call, with advice for callers who give them to this one. */
export interface Elsewhere {
  readonly rules: Readonly<Record<string, ValueRule>>;
  readonly help: string;
}

/** The problems (D570) with the options of a call. An option that is undefined counts as absent. */
export function optionProblems(
  call: string,
  options: unknown,
  rules: Readonly<Record<string, ValueRule>>,
  elsewhere?: Elsewhere,
): readonly Diagnostic[] {
  const notObject = argumentProblem(`the options argument of ${call}`, options, OBJECT);
  if (notObject) return [notObject];
  return Object.entries(options as object).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (Object.hasOwn(rules, name)) return argumentProblem(name, value, rules[name]!) ?? [];
    const known = elsewhere && Object.hasOwn(elsewhere.rules, name) ? elsewhere.help : undefined;
    const help = known ?? suggestOrList(name, Object.keys(rules), 'its options are');
    return runtimeDiagnostic('D570', `${call} has no option '${name}'`, help);
  });
}

/** Selects the options of one call from the options of several calls. Undefined options are left out. */
export const optionsFor = <T extends object>(options: Partial<T>, rules: OptionRules<T>): Partial<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([name, value]) => Object.hasOwn(rules, name) && value !== undefined),
  ) as Partial<T>;

/** Runs a call if its arguments have no problems. Otherwise it returns the problems as the outcome. */
export const unless = async <T>(
  problems: readonly (Diagnostic | undefined)[],
  then: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const diagnostics = problems.filter((problem) => problem !== undefined);
  return diagnostics.length > 0 ? { diagnostics } : then();
};
