/**
 * A user's mistake as a value. Every stage returns diagnostics instead of throwing; an exception
 * that reaches the command line is a bug of ours.
 */

/** Half-open range of UTF-16 offsets into one source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A source text and the name that messages call it by (a path, or `<stdin>`). */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface Label {
  readonly span: Span;
  /** Why this place matters, a few words; may be empty for the first label. */
  readonly text: string;
}

/** A note is worth knowing and no fault: `--strict` lets it pass. */
export type Severity = 'error' | 'warning' | 'note';

/**
 * What went wrong (`message`), where and why (`labels`, the first is the primary one), what to do
 * next (`help`). Codes: `D0xx` syntax, `D1xx` names, `D2xx` types, shapes and ranges, `D3xx` IR,
 * `D4xx` emission, `D5xx` runtime and files, `D6xx` checks of .onnx files. A code is never reused.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Empty only when the mistake is not in a text (a missing file, a truncated weight file). */
  readonly labels: readonly Label[];
  /** A place that is in no text: a node of an .onnx file. */
  readonly where?: string;
  readonly help?: string;
  /** How many it stands for, where the others are like it and not told (`and 88 more`); default 1. */
  readonly count?: number;
}

/** What each stage returns: a value unless an error stopped it, and what it has to say. */
export interface Outcome<T> {
  readonly value?: T;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Carries a diagnostic through code that cannot return one (streams, worker callbacks). The public
 * API and the command line turn it back into a value; nothing else throws for a user's mistake.
 */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
    this.name = 'DiagnosticError';
    this.diagnostics = diagnostics;
  }
}
