/** Formats numbers for people. */
import { grouped } from '../dsl/grouped.ts';

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Three digits and a unit, a power of 1024: `497 MB`, `1.86 GB`. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${UNITS[unit]}`;
}

/** `0.3 s`, `12 s`, `2 min 5 s`. */
export function seconds(milliseconds: number): string {
  const s = milliseconds / 1000;
  if (s < 0.095) return `${Math.round(milliseconds)} ms`;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 99.5) return `${Math.round(s)} s`;
  const whole = Math.round(s);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `1,234,567`. */
export const count = (value: number): string => grouped(value, ',');

export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A share above zero is never printed as 0 %, and a share below the whole is never printed as 100 %. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '0 %';
  const share = (100 * part) / whole;
  if (share > 0 && share < 1) return '< 1 %';
  return `${part < whole ? Math.min(99, Math.round(share)) : 100} %`;
}

/** The note that is printed if the weights are random. */
export const aboutRandom = (label: string): string =>
  `weights are random (${label.replace(/^random, /, '')}): the text means nothing until trained weights are given`;
