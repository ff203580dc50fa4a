/**
 * How a number is spelled: digits with `_` between them, a fraction, an exponent and a unit. Knows
 * every unit and where it may stand; refuses to judge sizes, which is for the field's own range.
 */
import { grouped } from './grouped.ts';

import type { Measure } from './measures.ts';

export interface Literal {
  /** The digits alone; multiply by the unit's factor. */
  readonly value: number;
  /** Letters after the digits, empty without any. */
  readonly unit: string;
  /** A `.` was written, so the author did not mean a count (or grouped digits with dots). */
  readonly fraction: boolean;
}

const SHAPE = /^(\d+(?:_\d+)*)(\.\d+(?:_\d+)*)?([eE][+-]?\d+)?([A-Za-z]*)$/;

/** Reads one number token; `undefined` when its spelling is not a number. */
export function decodeNumber(text: string): Literal | undefined {
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent = '', unit = ''] = match;
  const value = Number((whole + fraction + exponent).replaceAll('_', ''));
  return { value, unit, fraction: fraction !== '' };
}

/** Whether a number that is spelled so is kept to its last digit. */
export function keepsDigits(text: string, value: number): boolean {
  const [, whole = '', fraction = ''] = SHAPE.exec(text) ?? [];
  const digits = (whole + fraction).replace(/[_.]/g, '').replace(/^0+|0+$/g, '');
  if (digits.length <= 15) return digits === '' || (value !== 0 && Number.isFinite(value));
  return Number.isSafeInteger(value) && !/[.eE]/.test(text);
}

export interface Unit {
  readonly name: string;
  readonly factor: number;
  readonly doc: string;
  /** Where it may be written: every number of a model and of a budget, or budgets only. */
  readonly where: 'everywhere' | 'budgets';
  /** What a number with this unit measures; absent: a count. */
  readonly measures?: Measure;
}

/** `k` is 1024 because lengths are powers of two; `M` and `G` count parameters and multiplications. */
export const UNITS: readonly Unit[] = [
  { name: 'k', factor: 1024, where: 'everywhere', doc: '1024' },
  { name: 'M', factor: 1e6, where: 'budgets', doc: 'a million (10^6)' },
  { name: 'G', factor: 1e9, where: 'budgets', doc: 'a billion (10^9)' },
  { name: 'T', factor: 1e12, where: 'budgets', doc: 'a trillion (10^12)' },
  { name: 'P', factor: 1e15, where: 'budgets', doc: 'a thousand trillions (10^15)' },
  { name: 'B', factor: 1, where: 'budgets', measures: 'bytes', doc: 'a byte' },
  { name: 'KB', factor: 1024, where: 'budgets', measures: 'bytes', doc: '1024 bytes' },
  { name: 'MB', factor: 1024 ** 2, where: 'budgets', measures: 'bytes', doc: '1024 × 1024 bytes' },
  { name: 'GB', factor: 1024 ** 3, where: 'budgets', measures: 'bytes', doc: '1024 × 1024 × 1024 bytes' },
  { name: 'TB', factor: 1024 ** 4, where: 'budgets', measures: 'bytes', doc: '1024 GB' },
  { name: 'PB', factor: 1024 ** 5, where: 'budgets', measures: 'bytes', doc: '1024 TB' },
  { name: 'us', factor: 1e-6, where: 'budgets', measures: 'seconds', doc: 'a millionth of a second' },
  { name: 'ms', factor: 1e-3, where: 'budgets', measures: 'seconds', doc: 'a thousandth of a second' },
  { name: 's', factor: 1, where: 'budgets', measures: 'seconds', doc: 'a second' },
];

/** `32000` as an author would write it: `32_000`, and whole multiples of 1024 as `8k`. */
export function spell(value: number): string {
  if (Number.isInteger(value) && value >= 1024 && value % 1024 === 0) return `${group(value / 1024)}k`;
  return group(value);
}

/** Digits in threes, the way the language reads them back. */
export function group(value: number): string {
  const text = String(value);
  if (!/^-?\d{5,}$/.test(text)) return text;
  return grouped(text);
}
