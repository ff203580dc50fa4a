/** Budgets of a file, evaluated. Apart from `budget_lines.ts`, so that a file without any waits for no compiler. */
import { type BudgetResult, evaluateBudgets } from '../compiler/cost/budgets.ts';
import type { Diagnostic, Source } from '../dsl/diagnostics.ts';
import type { Program } from '../dsl/spec.ts';
import { footprint } from '../passes/footprint.ts';

/** The budgets of one file. */
export interface Budgets {
  readonly source: Source;
  readonly results: readonly BudgetResult[];
  /** How many there are; some may not be computable. */
  readonly count: number;
}

export function budgetsOf(
  program: Program,
  source: Source,
): { readonly budgets: Budgets; readonly diagnostics: readonly Diagnostic[] } {
  const { value: results = [], diagnostics } = evaluateBudgets(program, source, footprint);
  const count = program.checks.reduce((sum, { budgets }) => sum + budgets.length, 0);
  return { budgets: { source, results, count }, diagnostics };
}
