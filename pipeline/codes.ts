/**
 * The diagnostic codes of the pipeline and the runtime. `benben explain` prints the entries of the table, and every
 * diagnostic of these stages has one of its codes. A code is never reused; the row of a retired code stays.
 */
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';
import { ARTIFACT_CODES } from './codes/artifacts.ts';
import type { CodeEntry } from './codes/entry.ts';
import { FILE_CODES } from './codes/files.ts';
import { REPORT_CODES } from './codes/reports.ts';
import { SESSION_CODES } from './codes/sessions.ts';
import { TOKENIZER_CODES } from './codes/tokenizers.ts';
import { WEIGHT_CODES } from './codes/weights.ts';

export type { CodeEntry } from './codes/entry.ts';

const ENTRIES = {
  ...FILE_CODES,
  ...WEIGHT_CODES,
  ...TOKENIZER_CODES,
  ...SESSION_CODES,
  ...ARTIFACT_CODES,
  ...REPORT_CODES,
} as const;

export type RuntimeCode = keyof typeof ENTRIES;

export const RUNTIME_CODES: readonly CodeEntry[] = Object.entries(ENTRIES).map(([code, entry]) => ({
  code,
  ...entry,
}));

/**
 * A diagnostic without labels, because it does not refer to a position in a source text. `help` says what the user can
 * do.
 */
export function runtimeDiagnostic(
  code: RuntimeCode,
  message: string,
  help?: string,
  severity: Severity = 'error',
): Diagnostic {
  return { code, severity, message, labels: [], ...(help === undefined ? {} : { help }) };
}
