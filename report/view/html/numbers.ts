/** What the page writes of numbers besides what all formats do (../numbers.ts). */
import type { Polynomial } from '../../../compiler/ir/polynomial.ts';
import { formulasHold, formulaText } from '../../algebra/symbols.ts';
import type { Counted, ModelReport } from '../../report.ts';
import { exact } from '../numbers.ts';

/** In n, t and B, with digits grouped as in counts. */
export const formula = (p: Polynomial): string => formulaText(p).replace(/(?<=\d)_(?=\d)/g, ',');

/** `6,442,450,944 = 786,432·B·n`, where that holds; a formula that is only that number is not said twice. */
export function counted({ formulas, lengths }: ModelReport, { count, formula: by }: Counted): string {
  const [number, text] = [exact(count), formula(by)];
  return number === text || !formulasHold(formulas, lengths.length) ? number : `${number} = ${text}`;
}

/** Lengths as the language writes them, where that is shorter: `8k`, `512`. */
export const length = (value: number): string =>
  value >= 1024 && value % 512 === 0 ? `${value / 1024}k` : String(value);

/** Base 10 logarithm; of counts beyond what a float holds, too. */
export function log10(value: bigint): number {
  const digits = String(value);
  return Math.log10(Number(digits.slice(0, 15))) + Math.max(0, digits.length - 15);
}
