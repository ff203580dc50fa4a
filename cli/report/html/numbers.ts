/** Numbers as readers of the page see them. Exact ones are exact to the last digit; short ones say so by their unit. */
import { grouped, type Polynomial, polynomialText } from '../../../compiler/cost/polynomial.ts';
import type { Rational } from '../../../compiler/cost/rational.ts';
import type { Counted } from '../../../compiler/cost/report.ts';
import { dimText } from '../../../compiler/ir/dim.ts';

/** Groups stand apart by a narrow space that no line breaks at. */
const spaced = (text: string): string => text.replace(/(?<=\d)_(?=\d)/g, '\u202F');

/** `6 442 450 944` */
export const exact = (value: bigint | number): string => spaced(grouped(BigInt(value)));

const UNITS = ['', 'k', 'M', 'G', 'T', 'P', 'E'] as const;

/** Three digits: `6.44 G`, thousands of thousands (10⁹), not of 1024. */
export function short(value: bigint): string {
  if (value < 1000n) return String(value);
  const digits = String(value);
  const group = Math.min(Math.floor((digits.length - 1) / 3), UNITS.length - 1);
  const scaled = Number(value) / 1000 ** group;
  const text = scaled >= 999.5 && group + 1 < UNITS.length ? [scaled / 1000, group + 1] : [scaled, group];
  return `${threeDigits(text[0]!)}\u00A0${UNITS[text[1]!]}`;
}

const threeDigits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);

const NAMES: Readonly<Record<string, string>> = { length: 'n', target: 't', batch: 'B' };

/** In n, t and B, as the text of `benben report` is. */
export const formula = (p: Polynomial): string =>
  spaced(polynomialText(p, (d) => dimText(d).replace(/\b(length|target|batch)\b/g, (name) => NAMES[name]!)));

/** `6 442 450 944 = 786 432·B·n`; a formula that is only that number is not said twice. */
export function counted({ count, formula: by }: Counted): string {
  const [number, text] = [exact(count), formula(by)];
  return number === text ? number : `${number} = ${text}`;
}

/** `2.4375`; six digits when it has no end. */
export const decimal = ({ numerator, denominator }: Rational): string =>
  String(Number((Number(numerator) / Number(denominator)).toPrecision(6)));

/** How many times as much: `2.46 ×`; nothing where there is nothing to divide by. */
export function ratio(more: bigint, less: bigint): string {
  if (less === 0n) return '–';
  const value = Number(more) / Number(less);
  return `${value >= 1000 ? exact(BigInt(Math.round(value))) : String(Number(value.toPrecision(3)))}\u00A0×`;
}

/** Of a whole, in percent: `6.25 %`. */
export function percent(part: bigint, whole: bigint): string {
  if (whole === 0n) return '0 %';
  const value = (100 * Number(part)) / Number(whole);
  return `${value !== 0 && value < 0.01 ? '< 0.01' : String(Number(value.toPrecision(3)))}\u00A0%`;
}

/** Lengths as the language writes them, where that is shorter: `8k`, `512`. */
export const length = (value: number): string =>
  value >= 1024 && value % 512 === 0 ? `${value / 1024}k` : String(value);

/** Base 10 logarithm; of counts beyond what a float holds, too. */
export function log10(value: bigint): number {
  const digits = String(value);
  return Math.log10(Number(digits.slice(0, 15))) + Math.max(0, digits.length - 15);
}
