/** Formats counts for people: with all digits in groups of three, or rounded to three digits and a unit. */

import { grouped } from '../../dsl/grouped.ts';
import { decimal, placesOf, type Rational } from '../algebra/rational.ts';

/** `15,703,474,176`. */
export const exact = (value: bigint | number): string => grouped(value, ',');

interface Units {
  readonly base: bigint;
  readonly names: readonly string[];
}

/** Powers of 1000. The unit `k` is not used, because in lengths `k` is 1024. */
const COUNTS: Units = { base: 1000n, names: ['', 'thousand', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'] };
const BYTES: Units = { base: 1024n, names: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] };

/**
 * Three digits: `1.57`, `15.7`, `157`. A number of bytes may have four digits, because the next unit begins at 1024:
 * `1,004`.
 */
const three = (value: number): string =>
  value < 999.5 ? value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) : exact(Math.round(value));

function inUnits(value: bigint, { base, names }: Units, exactBelow: bigint): string {
  if (value < exactBelow) return `${exact(value)} ${names[0]}`.trimEnd();
  let [scale, unit] = [1n, 0];
  // A value that would round to 1 of the next unit is given in the next unit.
  while (unit + 1 < names.length && 2n * value >= 2n * scale * base - scale) {
    scale *= base;
    unit++;
  }
  const value1000 = Number((1000n * value) / scale) / 1000;
  return `${three(value1000)} ${names[unit]}`;
}

/** Rounds to a unit, as in `15.7 G`. Numbers below a million keep all digits. */
export const short = (value: bigint): string => inUnits(value, COUNTS, 1_000_000n);

/** `472 MB`. */
export const bytes = (value: bigint): string => inUnits(value, BYTES, 1024n);

/** `15,703,474,176 (15.7 G)`. */
export const both = (value: bigint, inWords: (value: bigint) => string = short): string => {
  const [all, some] = [exact(value), inWords(value)];
  return all === some ? all : `${all} (${some})`;
};

/** A decimal fraction with grouped digits: `279,620.27`. */
export function decimals(value: Rational, places: number): string {
  const [whole, fraction] = decimal(value, places).split('.');
  return fraction === undefined ? exact(BigInt(whole!)) : `${exact(BigInt(whole!))}.${fraction}`;
}

/**
 * Formats a ratio with two decimals (`2.46`), or with two significant digits if it is below a tenth (`0.0039`). A ratio
 * that is nearly, but not exactly, 1 becomes `≈ 1`.
 */
export function times(ratio: Rational): string {
  const text = decimals(ratio, Math.max(2, placesOf(ratio, 2)));
  return text === '1' && ratio.denominator !== 1n ? '≈ 1' : text;
}

/** Formats a share. A share above zero is never printed as 0 %, and a share below the whole is never printed as 100 %. */
export function share(part: bigint, whole: bigint): string {
  if (part === 0n || whole === 0n) return '0 %';
  const tenths = Number((1000n * part + whole / 2n) / whole);
  if (tenths < 1) return '< 0.1 %';
  if (part < whole && tenths >= 1000) return '> 99.9 %';
  return tenths < 100 ? `${(tenths / 10).toFixed(1)} %` : `${Math.round(tenths / 10)} %`;
}
