/**
 * Makes and orders the language's diagnostics. Severity and the standing advice of a code come from the table
 * of codes, so that `explain` and the message can never disagree.
 */
import type { Code } from './codes/index.ts';
import { CODES } from './codes/index.ts';
import type { Diagnostic, Label } from './diagnostics.ts';

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

const startOf = ({ labels }: Diagnostic): number => labels[0]?.span.start ?? 0;
