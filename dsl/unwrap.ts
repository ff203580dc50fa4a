/** Turns an outcome into a value or an exception, for programs that cannot go on without the value. */
import { DiagnosticError, type Outcome } from './diagnostics.ts';
import { render } from './render.ts';

/** V8 can compute the stack of an error again; other engines of browsers cannot. */
type V8 = ErrorConstructor & { captureStackTrace?(error: Error, above: unknown): void };

/**
 * Returns the value of an outcome. Without a value it throws a DiagnosticError whose message is the text that `benben`
 * prints: each diagnostic with its line of the source and its help. The diagnostics of an outcome with a value, such as
 * warnings, stay in `outcome.diagnostics`.
 */
export function unwrap<T>(outcome: Outcome<T>): Exclude<T, undefined> {
  if (outcome.value !== undefined) return outcome.value as Exclude<T, undefined>;
  const error = new DiagnosticError(...outcome.diagnostics);
  error.message = render(outcome.diagnostics, outcome.source).trimEnd();
  // The stack begins with the message that the error had when it was created.
  (Error as V8).captureStackTrace?.(error, unwrap);
  throw error;
}
