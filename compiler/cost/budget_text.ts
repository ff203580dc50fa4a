/** Values of budgets and what makes them large, in words. */

import type { Part } from './amounts.ts';
import {
  add,
  compare,
  decimalText,
  divide,
  fits,
  magnitude,
  multiply,
  NOTHING,
  type Rational,
  subtract,
  whole,
} from './fractions.ts';
import { PARTS, remedyOf } from './parts_text.ts';
import { placesOf, rational } from './rational.ts';

const UNITS: readonly (readonly [string, bigint])[] = [
  ['GB', 1n << 30n],
  ['MB', 1n << 20n],
  ['KB', 1n << 10n],
];

const numberText = (value: Rational, places: number): string =>
  `${fits(value, places) ? '' : '≈ '}${decimalText(value, places)}`;

/** From here on, one digit of a fraction is enough. */
const MANY = whole(1_000_000);

/** Of what is next to nothing, three digits at least. */
const countText = (value: Rational): string =>
  numberText(value, compare(magnitude(value), MANY) < 0 ? Math.max(6, placesOf(value, 3)) : 1);

/** `86.77 MB`; undefined for less than a kilobyte. */
function inUnits(value: Rational, text: (value: Rational, places: number) => string): string | undefined {
  const { numerator, denominator } = magnitude(value);
  const unit = UNITS.find(([, factor]) => numerator >= factor * denominator);
  return unit && `${text(multiply(value, rational(1n, unit[1])), 2)} ${unit[0]}`;
}

/** `123_818_502`, `2.4375`, `≈ 2.461538`; bytes as `8_589_934_592 bytes (8 GB)`, no more rounded than counts. */
export function valueText(value: Rational, bytes: boolean): string {
  const text = countText(value);
  if (!bytes) return text;
  const size = inUnits(value, decimalText);
  return `${text} ${text === '1' ? 'byte' : 'bytes'}${size ? ` (${size})` : ''}`;
}

/** The same where it is beside others: bytes as `8 GB`, `≈ 1.59 KB`. */
const shortText = (value: Rational, bytes: boolean): string =>
  (bytes ? inUnits(value, numberText) : undefined) ?? valueText(value, bytes);

/** How far a value is off: `23_815_426 (23.8 %)`. */
export function distanceText(distance: Rational, of: Rational, bytes: boolean): string {
  const share = percentText(distance, of);
  return `${shortText(distance, bytes)}${share && ` (${share})`}`;
}

/** Beyond it, per cent say nothing. */
const MOST_PERCENT = whole(100_000);

/** `14.3 %` of another; empty where there is no telling. */
export function percentText(part: Rational, of: Rational): string {
  const share = divide(multiply(part, whole(100)), of);
  if (!share || share.numerator < 0n || compare(share, MOST_PERCENT) > 0) return '';
  const small = compare(share, rational(1n, 1000n)) < 0;
  if (small && share.numerator > 0n) return '< 0.001 %';
  const places = compare(share, whole(100)) >= 0 ? 0 : compare(share, whole(1)) >= 0 ? 1 : 3;
  return `${decimalText(share, places)} %`;
}

/** `−59.4 %`, `+4.1 %`; `new` where it was nothing. */
export function changeText(before: Rational, after: Rational): string {
  if (before.numerator === 0n) return 'new';
  const share = percentText(magnitude(subtract(after, before)), magnitude(before));
  return share && `${compare(after, before) < 0 ? '−' : '+'}${share}`;
}

/** A part of a budget's side: on which model, when not on the checked one. */
export interface BudgetPart extends Part {
  readonly model: string | undefined;
}

const kindOf = ({ model, side, part }: BudgetPart): string => `${model ?? ''}.${side ?? ''}.${part}`;

/** Equal parts of one kind of several layers, or one part. */
export interface Largest {
  readonly of: BudgetPart;
  readonly layers: readonly number[];
}

/** The part that adds most to a side; layers that add as much of the same kind are told together. */
export function largestOf(parts: readonly BudgetPart[]): Largest | undefined {
  const together = new Map<string, BudgetPart>();
  for (const part of parts) {
    const key = `${kindOf(part)}.${part.layer ?? ''}`;
    const old = together.get(key);
    together.set(key, old ? { ...part, amount: add(old.amount, part.amount) } : part);
  }
  const most = [...together.values()].reduce<BudgetPart | undefined>(
    (a, b) => (a && compare(a.amount, b.amount) >= 0 ? a : b),
    undefined,
  );
  if (!most || compare(most.amount, NOTHING) <= 0) return undefined;
  const alike = [...together.values()].filter(
    (part) => kindOf(part) === kindOf(most) && compare(part.amount, most.amount) === 0,
  );
  return { of: most, layers: alike.flatMap(({ layer }) => (layer === null ? [] : [layer + 1])) };
}

/** `1`, `1 and 2`, `1, 2 and 5`, `1 to 6`. */
function layersText(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  if (layers.length > 2 && last - first === layers.length - 1) return `${first} to ${last}`;
  return layers.length === 1 ? `${first}` : `${layers.slice(0, -1).join(', ')} and ${last}`;
}

const placeText = ({ of: { model, side }, layers }: Largest): string => {
  const layer = layers.length === 0 ? '' : ` layer${layers.length > 1 ? 's' : ''} ${layersText(layers)}`;
  const place = `${side ?? ''}${layer}`;
  return [model, place].filter(Boolean).join('’s ');
};

/** What makes a side large, and what to write instead. */
export function adviceText(parts: readonly BudgetPart[], side: Rational, bytes: boolean): string | undefined {
  const largest = largestOf(parts);
  if (!largest) return undefined;
  const { part, amount, side: where } = largest.of;
  const place = placeText(largest);
  const share = percentText(amount, side);
  const many = largest.layers.length > 1 ? ' each' : '';
  const size = `${shortText(amount, bytes)}${many}${share && ` (${share}${many})`}`;
  const { name } = PARTS[part];
  return `most of it: ${place && `${place}, `}${name}, ${size}; to make it smaller: ${remedyOf(part, where)}`;
}
