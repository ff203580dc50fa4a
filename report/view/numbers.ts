/** Counts in the words of people: exact in threes, or three digits and a unit. */

import { grouped } from '../../dsl/grouped.ts';
import { decimal, placesOf, type Rational } from '../algebra/rational.ts';

/** `15,703,474,176`. */
export const exact = (value: bigint | number): string => grouped(value, ',');

interface Units {
  readonly base: bigint;
  readonly names: readonly string[];
}

/** Thousands; a `k` of lengths is 1024, so there is none here. */
const COUNTS: Units = { base: 1000n, names: ['', 'thousand', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'] };
const BYTES: Units = { base: 1024n, names: ['B', 'KB', 'MB', 'GB', 'TB', 'PB'] };

/** Three digits: `1.57`, `15.7`, `157`; of bytes there may be `1,004` of a unit. */
const three = (value: number): string =>
  value < 999.5 ? value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0) : exact(Math.round(value));

function inUnits(value: bigint, { base, names }: Units, exactBelow: bigint): string {
  if (value < exactBelow) return `${exact(value)} ${names[0]}`.trimEnd();
  let [scale, unit] = [1n, 0];
  // 999.5 of a unit is shown as one of the next.
  while (unit + 1 < names.length && 2n * value >= 2n * scale * base - scale) {
    scale *= base;
    unit++;
  }
  const value1000 = Number((1000n * value) / scale) / 1000;
  return `${three(value1000)} ${names[unit]}`;
}

/** `15.7 G`; below a million all digits. */
export const short = (value: bigint): string => inUnits(value, COUNTS, 1_000_000n);

/** `472 MB`. */
export const bytes = (value: bigint): string => inUnits(value, BYTES, 1024n);

/** `15,703,474,176 (15.7 G)`. */
export const both = (value: bigint, inWords: (value: bigint) => string = short): string => {
  const [all, some] = [exact(value), inWords(value)];
  return all === some ? all : `${all} (${some})`;
};

/** A decimal of people: `279,620.27`. */
export function decimals(value: Rational, places: number): string {
  const [whole, fraction] = decimal(value, places).split('.');
  return fraction === undefined ? exact(BigInt(whole!)) : `${exact(BigInt(whole!))}.${fraction}`;
}

/** `2.46`; below a tenth two digits that are none of the zeros in front, `0.0039`; `≈ 1` for what is nearly as much. */
export function times(ratio: Rational): string {
  const text = decimals(ratio, Math.max(2, placesOf(ratio, 2)));
  return text === '1' && ratio.denominator !== 1n ? '≈ 1' : text;
}

/** Of a whole; never 0 % of something nor 100 % of less than all. */
export function share(part: bigint, whole: bigint): string {
  if (part === 0n || whole === 0n) return '0 %';
  const tenths = Number((1000n * part + whole / 2n) / whole);
  if (tenths < 1) return '< 0.1 %';
  if (part < whole && tenths >= 1000) return '> 99.9 %';
  return tenths < 100 ? `${(tenths / 10).toFixed(1)} %` : `${Math.round(tenths / 10)} %`;
}
