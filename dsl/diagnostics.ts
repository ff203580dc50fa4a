/**
 * Diagnostics describe mistakes of the user as values. Every stage returns them instead of throwing, so an exception
 * that reaches the command line is a bug in Benben.
 */

/** A half-open range of UTF-16 offsets in a source text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A source text, and its path or `<stdin>` for messages. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The maximum length of a source text in UTF-16 code units. It is far longer than any model. */
export const MAX_SOURCE = 1 << 20;

export interface Label {
  readonly span: Span;
  /** A few words that say why the position matters. It may be empty in the first label. */
  readonly text: string;
}

/** A note does not report a fault: a command with notes succeeds even with `--strict`. */
export type Severity = 'error' | 'warning' | 'note';

/**
 * A diagnostic says what is wrong (`message`), where (`labels`, the main position first) and what to do (`help`). Codes
 * begin with `D0` for syntax, `D1` for names, `D2` for values and ranges, `D3` for the IR, `D4` for emission, `D5` for
 * runtime and files, and `D6` for checks of .onnx files. A code never changes its meaning.
 */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** Empty if the mistake is not in a text, for example if a file is missing. */
  readonly labels: readonly Label[];
  /** A location outside of source texts, such as a node of an .onnx file. */
  readonly where?: string;
  readonly help?: string;
  /** The number of similar findings that this one represents (`and 88 more`). The default is 1. */
  readonly count?: number;
}

/** A result with a value. Its diagnostics are warnings and notes, or mistakes that did not prevent the value. */
export interface Success<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
  /** The text that the labels of the diagnostics refer to, if there is one. */
  readonly source?: Source;
}

/** A result without a value. Its diagnostics say why. */
export interface Failure {
  readonly value?: undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The text that the labels of the diagnostics refer to, if there is one. */
  readonly source?: Source;
}

/**
 * What each stage returns: a value unless an error prevents it, and diagnostics. After a check such as
 * `if (!outcome.value)`, TypeScript knows which of the two it is.
 */
export type Outcome<T> = Success<T> | Failure;

/** Adds the text to an outcome whose diagnostics have labels in it. */
export const withSource = <O extends Outcome<unknown>>(outcome: O, source: Source): O =>
  outcome.diagnostics.some(({ labels }) => labels.length > 0) ? { ...outcome, source } : outcome;

/**
 * Carries diagnostics through code that cannot return them, such as streams and worker callbacks. The public API and
 * the command line catch it and return the diagnostics. Nothing else is thrown for a mistake of the user.
 */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'));
    this.name = 'DiagnosticError';
    this.diagnostics = diagnostics;
  }
}
