/**
 * What callers from plain JavaScript pass, held against what a call takes: a table beside each interface of
 * options says of every name what kind of value it has. Ranges that depend on a model are checked where the
 * model is known (`limits.ts`).
 */
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import { suggestOrList } from '../dsl/suggest.ts';
import { runtimeDiagnostic } from './codes.ts';

/** What a value must be. `is` follows "must be". */
export interface Kind {
  readonly is: string;
  readonly fits: (value: unknown) => boolean;
}

/** One row for each option of an interface: a new option without one does not compile. */
export type Kinds<T> = { readonly [Name in keyof T]-?: Kind };

const has = (value: unknown, members: Readonly<Record<string, string>>): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(members).every(([name, type]) => typeof Reflect.get(value, name) === type);

export const TEXT: Kind = { is: 'a string', fits: (value) => typeof value === 'string' };
export const TEXTS: Kind = {
  is: 'an array of strings',
  fits: (value) => Array.isArray(value) && Array.from(value).every(TEXT.fits),
};
export const NUMBER: Kind = { is: 'a number', fits: (value) => typeof value === 'number' };
export const WHOLE: Kind = { is: 'a whole number', fits: Number.isSafeInteger };
export const COUNT: Kind = {
  is: 'a whole number from 0',
  fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
};
export const SWITCH: Kind = { is: 'true or false', fits: (value) => typeof value === 'boolean' };
export const CALLBACK: Kind = { is: 'a function', fits: (value) => typeof value === 'function' };
export const OBJECT: Kind = { is: 'an object', fits: (value) => has(value, {}) };
export const LIST: Kind = { is: 'an array', fits: Array.isArray };
export const SIGNAL: Kind = {
  is: 'an AbortSignal',
  fits: (value) => has(value, { aborted: 'boolean', addEventListener: 'function' }),
};
export const SOURCE: Kind = {
  is: 'a source: { path, text }, both strings',
  fits: (value) => has(value, { path: 'string', text: 'string' }),
};
export const TOKENIZER: Kind = {
  is: 'a path or a tokenizer',
  fits: (value) =>
    TEXT.fits(value) || has(value, { encode: 'function', decode: 'function', special: 'object' }),
};
export const either = (first: Kind, second: Kind): Kind => ({
  is: `${first.is}, or ${second.is}`,
  fits: (value) => first.fits(value) || second.fits(value),
});
export const record = (members: Readonly<Record<string, string>>, is: string): Kind => ({
  is,
  fits: (value) => has(value, members),
});
export const oneOf = (choices: readonly string[]): Kind => ({
  is: `one of ${choices.join(', ')}`,
  fits: (value) => typeof value === 'string' && choices.includes(value),
});

/** A value in a few characters; what shows the same in a message (2, '2') differs here. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    const line = value.replace(/\s+/g, ' ');
    return `'${line.length > 40 ? `${line.slice(0, 40)}…` : line}'`;
  }
  if (Array.isArray(value)) {
    const odd = Array.from(value).findIndex((item) => !TEXT.fits(item));
    return odd < 0 ? 'an array' : `an array with ${shown(value[odd])} at ${odd}`;
  }
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

/** One argument or option: undefined where it is of its kind. */
export function argumentProblem(
  name: string,
  value: unknown,
  { is, fits }: Kind,
  help?: string,
): Diagnostic | undefined {
  if (fits(value)) return undefined;
  return runtimeDiagnostic('D570', `${name} is ${shown(value)}, and must be ${is}`, help);
}

/** Options that a call does not take but another does, and what to do about it. */
export interface Elsewhere {
  readonly kinds: Readonly<Record<string, Kind>>;
  readonly help: string;
}

/** All that is wrong with the options of a call. What is undefined counts as left out. */
export function optionProblems(
  call: string,
  options: unknown,
  kinds: Readonly<Record<string, Kind>>,
  elsewhere?: Elsewhere,
): readonly Diagnostic[] {
  const whole = argumentProblem(`the options argument of ${call}`, options, OBJECT);
  if (whole) return [whole];
  return Object.entries(options as object).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (Object.hasOwn(kinds, name)) return argumentProblem(name, value, kinds[name]!) ?? [];
    const known = elsewhere && Object.hasOwn(elsewhere.kinds, name) ? elsewhere.help : undefined;
    const help = known ?? suggestOrList(name, Object.keys(kinds), 'its options are');
    return runtimeDiagnostic('D570', `${call} has no option '${name}'`, help);
  });
}

/** Of options of several calls those of one, less what is undefined. */
export const optionsFor = <T extends object>(options: Partial<T>, kinds: Kinds<T>): Partial<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([name, value]) => Object.hasOwn(kinds, name) && value !== undefined),
  ) as Partial<T>;

/** The call's outcome, where nothing is wrong with what it was given. */
export const unless = async <T>(
  problems: readonly (Diagnostic | undefined)[],
  then: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> => {
  const diagnostics = problems.filter((problem) => problem !== undefined);
  return diagnostics.length > 0 ? { diagnostics } : then();
};
