/**
 * Creates and sorts the language's diagnostics. Severity and default help come from the table of codes, so that
 * diagnostics agree with `benben explain`.
 */
import type { Code } from './codes/index.ts';
import { CODES } from './codes/index.ts';
import type { Diagnostic, Label, Severity } from './diagnostics.ts';

/** Creates a diagnostic. Without `help` it gets the advice of its code. */
export function problem(code: Code, message: string, labels: readonly Label[], help?: string): Diagnostic {
  const entry = CODES[code];
  return { code, severity: entry.severity ?? 'error', message, labels, help: help ?? entry.advice };
}

/** Shortens a long piece of source text for a message. */
export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

/** Joins texts as in `a, b or c`. */
export const orList = (all: readonly string[]): string =>
  [all.slice(0, -1).join(', '), all.at(-1)].filter(Boolean).join(' or ');

/** Sorts by the position of the first label. */
export const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...diagnostics].sort((a, b) => startOf(a) - startOf(b));

/** The greatest number of errors, and of warnings, that are reported for one text. */
export const MAX_MISTAKES = 50;

/** Replaces the end of a long sorted list with a diagnostic that says there are more. */
export function cutShort(all: readonly Diagnostic[], what: string): readonly Diagnostic[] {
  const most = all.slice(0, MAX_MISTAKES - 1);
  const { labels, severity } = all[most.length]!;
  const next = labels.slice(0, 1).map(({ span }) => ({ span, text: 'the first one that is not reported' }));
  return [...most, { ...problem('D014', `there are more than ${most.length} ${what}`, next), severity }];
}

/**
 * Sorts diagnostics and limits their number separately for errors and warnings, so that warnings do not displace
 * errors.
 */
export function inOrderAndFew(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const of = (severity: Severity, what: string) => {
    const all = inOrder(diagnostics.filter((d) => d.severity === severity));
    return all.length > MAX_MISTAKES ? cutShort(all, what) : all;
  };
  return inOrder([...of('error', 'mistakes'), ...of('warning', 'warnings')]);
}

const startOf = ({ labels }: Diagnostic): number => labels[0]?.span.start ?? 0;
