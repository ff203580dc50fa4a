/** How `benben check` prints budgets: a phrase in the summary, a table, and JSON. */

import { lineFinder } from '../dsl/place.ts';
import { jsonText } from '../dsl/printable.ts';
import type { RenderFormat } from '../dsl/render.ts';
import type { Rational } from '../report/algebra/fractions.ts';
import { toNumber } from '../report/algebra/rational.ts';
import { percentText } from '../report/budgets/budget_text.ts';
import { table } from '../report/view/table.ts';
import type { Budgets } from './budgets.ts';
import type { Palette } from './output.ts';
import { counted } from './spelling.ts';

/** `3 budgets hold` or `1 of 3 budgets is broken`; empty when there are no budgets. */
export function budgetsText(all: readonly Budgets[]): string {
  const count = all.reduce((sum, budgets) => sum + budgets.count, 0);
  const results = all.flatMap((budgets) => budgets.results);
  const broken = results.filter(({ holds }) => !holds).length;
  const lost = count - results.length;
  const of = (some: number) => `${some} of ${counted(count, 'budget')} ${some === 1 ? 'is' : 'are'}`;
  if (count === 0) return '';
  if (broken === 0 && lost === 0) return `${counted(count, 'budget')} hold${count === 1 ? 's' : ''}`;
  return [broken > 0 && `${of(broken)} broken`, lost > 0 && `${of(lost)} impossible to compute`]
    .filter(Boolean)
    .join(', ');
}

/** A line for each budget: whether it holds, its two sides, and the left side as a percentage of the right side. */
export function budgetsTable(all: readonly Budgets[], paint: Palette): string {
  const rows = all.flatMap(({ source, results }) => {
    const at = lineFinder(source.text);
    return results.map(({ model, text, span, holds, left, right }) => [
      `${source.path}:${at(span.start).line}`,
      holds ? paint.green('holds') : paint.red('broken'),
      ...[model, text, left.text, right.text, percentText(left.value, right.value)],
    ]);
  });
  return rows.length > 0 ? `${table(rows, { right: [4, 5, 6] })}\n` : '';
}

/** The exact value in JSON: an integer, a string of digits if it is beyond 2^53, or a fraction such as `32/13`. */
export function jsonValue({ numerator, denominator }: Rational): number | string {
  if (denominator !== 1n) return `${numerator}/${denominator}`;
  const size = numerator < 0n ? -numerator : numerator;
  return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(numerator) : String(numerator);
}

const budgetsData = (all: readonly Budgets[]): readonly object[] =>
  all.flatMap(({ source, results }) => {
    const at = lineFinder(source.text);
    return results.map(({ model, text, span, holds, measures, left, right }) => ({
      model,
      budget: text,
      file: source.path,
      line: at(span.start).line,
      holds,
      measures,
      left: jsonValue(left.value),
      right: jsonValue(right.value),
      leftNumber: toNumber(left.value),
      rightNumber: toNumber(right.value),
    }));
  });

/** The rendered diagnostics; in JSON (`benben.check/1`) the budgets are added. */
export const withBudgets = (text: string, format: RenderFormat, all: readonly Budgets[]): string =>
  format === 'json'
    ? `${jsonText({ schema: 'benben.check/1', ...(JSON.parse(text) as object), budgets: budgetsData(all) }, 2)}\n`
    : text;
