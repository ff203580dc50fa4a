/** Budgets of a file, evaluated. Apart from `budget_lines.ts`, so that a file without any waits for no compiler. */

import type { Diagnostic, Source } from '../dsl/diagnostics.ts';
import type { Checkable } from '../dsl/spec.ts';
import { type BudgetResult, budgetSteps } from '../report/budgets/budgets.ts';
import { footprint } from '../report/footprint.ts';
import { type Progress, pause } from './progress.ts';

/** The budgets of one file. */
export interface Budgets {
  readonly source: Source;
  readonly results: readonly BudgetResult[];
  /** How many there are; some may not be computable. */
  readonly count: number;
}

export async function budgetsOf(
  program: Checkable,
  source: Source,
  progress: Progress,
): Promise<{ readonly budgets: Budgets; readonly diagnostics: readonly Diagnostic[] }> {
  const { written: count } = program;
  const steps = budgetSteps(program, source, footprint);
  for (let done = 0; ; done++) {
    const step = steps.next();
    if (step.done) {
      const { value: results = [], diagnostics } = step.value;
      return { budgets: { source, results, count }, diagnostics };
    }
    progress.stage('computing budgets', done / count);
    await pause();
  }
}
