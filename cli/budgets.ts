/** Evaluates the budgets of a file. This module loads the compiler, so it is imported only for files with budgets. */

import type { Diagnostic, Source } from '../dsl/diagnostics.ts';
import type { Checkable } from '../dsl/spec.ts';
import { type BudgetResult, budgetSteps } from '../report/budgets/budgets.ts';
import { footprint } from '../report/footprint.ts';
import { pause } from './progress.ts';

export interface Budgets {
  readonly source: Source;
  readonly results: readonly BudgetResult[];
  /** All budgets in the file, including those that cannot be computed. */
  readonly count: number;
}

export async function budgetsOf(
  program: Checkable,
  source: Source,
  /** Called before each budget with the share of budgets that are done. */
  onShare: (share: number) => void,
): Promise<{ readonly budgets: Budgets; readonly diagnostics: readonly Diagnostic[] }> {
  const { written: count } = program;
  const steps = budgetSteps(program, source, footprint);
  for (let done = 0; ; done++) {
    const step = steps.next();
    if (step.done) {
      const { value: results = [], diagnostics } = step.value;
      return { budgets: { source, results, count }, diagnostics };
    }
    onShare(done / count);
    await pause();
  }
}
