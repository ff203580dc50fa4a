/**
 * Makes and orders the language's diagnostics. Severity and the standing advice of a code come from the table
 * of codes, so that `explain` and the message can never disagree.
 */
import type { Code } from './codes/index.ts';
import { CODES } from './codes/index.ts';
import type { Diagnostic, Label, Severity } from './diagnostics.ts';

/** `help` may be left out where the code's own advice says it all. */
export function problem(code: Code, message: string, labels: readonly Label[], help?: string): Diagnostic {
  const entry = CODES[code];
  return { code, severity: entry.severity ?? 'error', message, labels, help: help ?? entry.advice };
}

/** A word of the source as messages quote it. */
export const clip = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);

/** In the order of the text that they are about. */
export const inOrder = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  [...diagnostics].sort((a, b) => startOf(a) - startOf(b));

/** At most this many errors, and as many warnings, are told of one text. */
export const MAX_MISTAKES = 50;

/** A list in order, too long to be told: its beginning, and that it goes on. */
export function cutShort(all: readonly Diagnostic[], what: string): readonly Diagnostic[] {
  const most = all.slice(0, MAX_MISTAKES - 1);
  const { labels, severity } = all[most.length]!;
  const next = labels.slice(0, 1).map(({ span }) => ({ span, text: 'the next one is here' }));
  return [...most, { ...problem('D014', `there are more than ${most.length} ${what}`, next), severity }];
}

/** In order, and of each severity not too many: warnings never push errors out. */
export function inOrderAndFew(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const of = (severity: Severity, what: string) => {
    const all = inOrder(diagnostics.filter((d) => d.severity === severity));
    return all.length > MAX_MISTAKES ? cutShort(all, what) : all;
  };
  return inOrder([...of('error', 'mistakes'), ...of('warning', 'warnings')]);
}

const startOf = ({ labels }: Diagnostic): number => labels[0]?.span.start ?? 0;
