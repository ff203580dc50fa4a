/** The tables of ratios and formulas, and the sentence about the break-even of attention. */

import { rational } from '../algebra/rational.ts';
import { FORMULA_SYMBOLS, formulaText } from '../algebra/symbols.ts';
import type { BreakEven } from '../break_even.ts';
import type { Ratio, Ratios } from '../ratios.ts';
import type { ModelReport } from '../report.ts';
import { REPORT_QUANTITIES } from '../reported.ts';
import { decimals, exact, times } from './numbers.ts';
import type { Section } from './section.ts';
import { shortly } from './sweep.ts';

function inWords({ own, others }: Ratio, name: string, against: string): string {
  if (!own) return `${name} has none`;
  if (!others) return `${against} has none`;
  if (own === others) return 'both are equal';
  return `${against} takes ${others > own ? 'more' : 'less'}`;
}

export function ratiosSection({ name }: ModelReport, { against, ratios }: Ratios): Section {
  const rows = ratios.map((one) => [
    one.quantity.title,
    ...[one.own, one.others].map((value) => (value === null ? '–' : shortly(one.quantity, value))),
    one.ratio === null ? '–' : `${times(one.ratio)}×`,
    inWords(one, name, against),
  ]);
  return {
    title: `Against ${against}`,
    head: ['quantity', name, against, 'ratio', ''],
    rows,
    right: [1, 2, 3],
    notes: [`A ratio is the cost of ${against} divided by the cost of ${name}.`],
  };
}

/** Explanations of the functions in formulas. */
const ROUNDINGS = [
  ['ceildiv', 'divides and rounds up'],
  ['floordiv', 'divides and rounds down'],
  ['pow2ceil', 'rounds up to a power of two'],
] as const;

/** The formulas of all quantities that are not zero. */
export function formulasSection(report: ModelReport): Section {
  const { from, to, unit } = report.formulas;
  const rows = REPORT_QUANTITIES.flatMap(({ title, measures, formula }) => {
    const one = (measures !== 'parameters' && formula?.(report)) || [];
    return one.length === 0 ? [] : [[title, formulaText(one)]];
  });
  const multiples = unit > 1 ? `, for multiples of ${exact(unit)}` : '';
  const range = to === null ? `from n = ${exact(from)} on` : `from n = ${exact(from)} to ${exact(to)}`;
  const symbols = Object.values(FORMULA_SYMBOLS)
    .filter(({ symbol }) => rows.some(([, text]) => new RegExp(`\\b${symbol}\\b`).test(text!)))
    .map(({ symbol, about }) => `${symbol}: ${about}`);
  const rounded = ROUNDINGS.filter(([name]) => rows.some(([, text]) => text!.includes(name)));
  return {
    title: 'Formulas',
    head: ['quantity', 'multiplications or entries'],
    rows,
    right: [],
    code: [1],
    notes: [
      `The formulas hold ${range}${multiples}. ${symbols.join('; ')}.`,
      ...(rounded.length > 0 ? [`${rounded.map(([name, about]) => `${name} ${about}`).join('; ')}.`] : []),
    ],
  };
}

export function breakEvenText(
  { spec, table1 }: ModelReport,
  { more, share, length, most }: BreakEven,
): string {
  const percent = decimals(rational(100n * share.numerator, share.denominator), 1);
  const here = `at ${exact(length)} tokens attention is ${percent} % of their work`;
  const others = 'projections and feed-forward networks together';
  const [first] = more;
  if (first) {
    const ranges = more.map(({ from, until }) =>
      until === null ? `from ${exact(from)} tokens on` : `from ${exact(from)} to ${exact(until)} tokens`,
    );
    const { length: longest } = spec.encoder;
    const beyond = first.from > longest ? `, but this model reads at most ${exact(longest)}` : '';
    return `Attention is more work than ${others} for documents ${ranges.join(' and ')}${beyond} (${here}).`;
  }
  const { m } = table1.symbols;
  const needed = 2 * spec.width + spec.ffn.width;
  const why =
    m === undefined
      ? `this holds for all documents of up to ${exact(most)} tokens`
      : `a query would need 2d + f = ${exact(needed)} keys (d: width, f: width of the FFN), but it has at most m = ${exact(m)}`;
  return `Attention is never more work than ${others} (${here}): ${why}.`;
}
