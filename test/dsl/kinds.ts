/** The language's own tests use the compiler's kinds, so that the guide is held to what there really is. */
import { evaluateBudgets } from '../../compiler/cost/budgets.ts';
import { KINDS } from '../../compiler/kinds/index.ts';
import { analyze, type Diagnostic } from '../../dsl/index.ts';
import { inOrder } from '../../dsl/problem.ts';
import { footprint } from '../../passes/footprint.ts';

export { KINDS } from '../../compiler/kinds/index.ts';

/** Everything that `benben check` tells of a text: the language's mistakes, and broken budgets. */
export function checked(text: string): readonly Diagnostic[] {
  const source = { path: 'a.ben', text };
  const { checkable, diagnostics } = analyze(source, KINDS);
  if (!checkable) return diagnostics;
  return inOrder([...diagnostics, ...evaluateBudgets(checkable, source, footprint).diagnostics]);
}
