/** Formats numbers for the page, in addition to the functions that all formats share (../numbers.ts). */
import type { Polynomial } from '../../../compiler/ir/polynomial.ts';
import { formulasHold, formulaText } from '../../algebra/symbols.ts';
import type { Counted, ModelReport } from '../../report.ts';
import { exact } from '../numbers.ts';

/** A formula in n, t and B, with digits grouped as in counts. */
export const formula = (p: Polynomial): string => formulaText(p).replace(/(?<=\d)_(?=\d)/g, ',');

/** `6,442,450,944 = 786,432·B·n`; only the number if the formula does not hold, or if the formula is that number. */
export function counted({ formulas, lengths }: ModelReport, { count, formula: by }: Counted): string {
  const [number, text] = [exact(count), formula(by)];
  return number === text || !formulasHold(formulas, lengths.length) ? number : `${number} = ${text}`;
}

/** A length in the shorter notation of the language: `8k`, `512`. */
export const lengthText = (value: number): string =>
  value >= 1024 && value % 512 === 0 ? `${value / 1024}k` : String(value);

/** The base 10 logarithm. It is also correct for counts beyond the range of a float. */
export function log10(value: bigint): number {
  const digits = String(value);
  return Math.log10(Number(digits.slice(0, 15))) + Math.max(0, digits.length - 15);
}
