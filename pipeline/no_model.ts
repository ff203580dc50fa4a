/** The warning about a source that defines nothing to check. */
import type { Diagnostic, Source } from '../dsl/diagnostics.ts';
import type { Program } from '../dsl/spec.ts';
import { runtimeDiagnostic } from './codes.ts';

/** A warning (D555) if a source without mistakes contains no model; `undefined` for a source with mistakes. */
export function noModelWarning(program: Program | undefined, { path }: Source): Diagnostic | undefined {
  if (!program || program.models.length > 0) return undefined;
  const message = `${path} contains no model, so there is nothing to check`;
  return runtimeDiagnostic('D555', message, 'write `model Name { … }`, or check another file', 'warning');
}
