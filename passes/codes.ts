/** Diagnostics of passes that misbehave. The codes `D31x` belong to the verifier. */
import type { Diagnostic } from '../dsl/diagnostics.ts';

export const PASS_CODES = {
  D320: 'a pass threw an exception',
  D321: 'a pass broke a rule of the IR',
  D322: 'the rules of a pass never stop firing',
  D323: 'a pipeline names an unknown pass, or a pass twice',
  D324: 'a reproducer that cannot run: it names no passes or no target, or its graph is invalid from the start',
} as const;

export type PassCode = keyof typeof PASS_CODES;

const REPORT =
  'this is a bug of Benben: please report it with the reproducer, which `benben replay FILE` runs again';

export const passProblem = (code: PassCode, message: string, help = REPORT): Diagnostic => ({
  code,
  severity: 'error',
  message,
  labels: [],
  help,
});
