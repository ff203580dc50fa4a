/** The language's own tests use the compiler's kinds, so that the guide is held to what there really is. */

import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze, type Diagnostic } from '../../dsl/index.ts';
import { inOrder } from '../../dsl/problem.ts';
import { evaluateBudgets } from '../../report/budgets/budgets.ts';
import { footprint } from '../../report/footprint.ts';

export { KINDS } from '../../compiler/model/kinds/index.ts';

/** Everything that `benben check` tells of a text: the language's mistakes, and broken budgets. */
export function checked(text: string): readonly Diagnostic[] {
  const source = { path: 'a.ben', text };
  const { checkable, diagnostics } = analyze(source, KINDS);
  if (!checkable) return diagnostics;
  return inOrder([...diagnostics, ...evaluateBudgets(checkable, source, footprint).diagnostics]);
}
