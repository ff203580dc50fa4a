/**
 * The notation of numbers (digits with `_` between them, a fraction, an exponent and a unit) and the table of units.
 * The ranges of fields are checked elsewhere.
 */
import { grouped } from './grouped.ts';
import type { Measure } from './measures.ts';

export interface Literal {
  /** The value without the factor of its unit. */
  readonly value: number;
  /** The letters after the digits; empty if there are none. */
  readonly unit: string;
  /** Whether the number contains a `.`. In `32.000` the author may have used the dot to group digits. */
  readonly fraction: boolean;
}

const SHAPE = /^(\d+(?:_\d+)*)(\.\d+(?:_\d+)*)?([eE][+-]?\d+)?([A-Za-z]*)$/;

/** Reads a number token; undefined if it is not a number. */
export function decodeNumber(text: string): Literal | undefined {
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', exponent = '', unit = ''] = match;
  const value = Number((whole + fraction + exponent).replaceAll('_', ''));
  return { value, unit, fraction: fraction !== '' };
}

/** Whether `value` keeps every digit of the written number. */
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
  /** Whether the unit may be used in models and budgets, or only in budgets. */
  readonly where: 'everywhere' | 'budgets';
  /** The measure of a number with this unit; absent for a count. */
  readonly measures?: Measure;
}

/**
 * `k` is 1024 because lengths are powers of two. `M` and `G` are decimal because they count parameters and
 * multiplications.
 */
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

/** Writes a number in the language's notation: `32_000`, or `8k` for a multiple of 1024. */
export function spell(value: number): string {
  if (Number.isInteger(value) && value >= 1024 && value % 1024 === 0) return `${group(value / 1024)}k`;
  return group(value);
}

/** Groups the digits of an integer that has five digits or more: `32_000`. */
export function group(value: number): string {
  const text = String(value);
  if (!/^-?\d{5,}$/.test(text)) return text;
  return grouped(text);
}
