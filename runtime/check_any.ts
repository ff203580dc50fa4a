/** `check` of the JavaScript API: finds mistakes in `.ben` and `.onnx` files, and budgets that do not hold. */
import { type Diagnostic, type Outcome, type Source, withSource } from '../dsl/diagnostics.ts';
import { argumentProblem, either, SOURCE, TEXT, unless } from '../pipeline/options.ts';
import type { BudgetResult } from '../report/budgets/budgets.ts';
import { checkSource } from '../report/source.ts';
import { checkFile } from './check/index.ts';
import { readSource } from './read_source.ts';

/** What `check` found in a file without mistakes. */
export interface Checked {
  /** The result of each budget; empty for an `.onnx` file. */
  readonly budgets: readonly BudgetResult[];
}

const isError = ({ severity }: Diagnostic): boolean => severity === 'error';

/**
 * Checks a file or a source text as `benben check` does. There is a value only if there is no mistake and every budget
 * holds, so `unwrap(await check(path))` throws in all other cases. `checkSource` returns the results of budgets that do
 * not hold, too.
 */
export const check = (what: Source | string): Promise<Outcome<Checked>> =>
  unless([argumentProblem('what', what, either({ ...TEXT, is: 'a path' }, SOURCE))], async () => {
    if (typeof what !== 'string') return checkText(what);
    if (/\.onnx$/i.test(what)) {
      const diagnostics = await checkFile(what);
      return diagnostics.some(isError) ? { diagnostics } : { value: { budgets: [] }, diagnostics };
    }
    const read = await readSource(what);
    return read.value ? checkText(read.value) : read;
  });

function checkText(source: Source): Outcome<Checked> {
  const { value: budgets, diagnostics } = checkSource(source);
  const failed = !budgets || diagnostics.some(isError);
  return withSource(failed ? { diagnostics } : { value: { budgets }, diagnostics }, source);
}
