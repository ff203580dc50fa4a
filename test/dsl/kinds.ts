/** Tests of the language use the compiler's kinds, so that the guide is compared with the real ones. */

import { KINDS } from '../../compiler/model/kinds/index.ts';
import { analyze, type Diagnostic } from '../../dsl/index.ts';
import { inOrder } from '../../dsl/problem.ts';
import { evaluateBudgets } from '../../report/budgets/budgets.ts';
import { footprint } from '../../report/footprint.ts';

export { KINDS } from '../../compiler/model/kinds/index.ts';

const IN_CASES = [
  'block',
  'full',
  'soft_topk',
  'hard_topk',
  'linear',
  'sinusoidal',
  'none',
  'dense',
  'relu',
  'gelu',
  'layer',
  'vocabulary',
];

/** The kinds of the golden cases. The list is fixed, so that a new kind changes no message that lists kinds. */
export const CASE_KINDS = Object.fromEntries(
  Object.entries(KINDS).map(([slot, kinds]) => [slot, kinds.filter(({ name }) => IN_CASES.includes(name))]),
) as unknown as typeof KINDS;

/** The diagnostics of `benben check` for a text, including budgets that do not hold. */
export function checked(text: string): readonly Diagnostic[] {
  const source = { path: 'a.ben', text };
  const { checkable, diagnostics } = analyze(source, KINDS);
  if (!checkable) return diagnostics;
  return inOrder([...diagnostics, ...evaluateBudgets(checkable, source, footprint).diagnostics]);
}
