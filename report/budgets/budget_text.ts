/** Formats the values of budgets, and describes which parts make the values large. */

import type { Measure } from '../../dsl/measures.ts';
import type { Part } from '../algebra/amounts.ts';
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
} from '../algebra/fractions.ts';
import { placesOf, rational } from '../algebra/rational.ts';
import { PARTS, remedyOf } from '../parts_text.ts';

type Units = readonly (readonly [string, Rational])[];

const BYTES: Units = [
  ['GB', whole(1n << 30n)],
  ['MB', whole(1n << 20n)],
  ['KB', whole(1n << 10n)],
];

const SECONDS: Units = [
  ['s', whole(1)],
  ['ms', rational(1n, 1000n)],
  ['us', rational(1n, 1_000_000n)],
];

const numberText = (value: Rational, places: number): string =>
  `${fits(value, places) ? '' : '≈ '}${decimalText(value, places)}`;

/** For values of this size or more, one decimal is enough. */
const MANY = whole(1_000_000);

/** Small values get at least six decimals, and more if three significant digits need them. */
const countText = (value: Rational): string =>
  numberText(value, compare(magnitude(value), MANY) < 0 ? Math.max(6, placesOf(value, 3)) : 1);

/** `86.77 MB`, in the largest unit that is not larger than the value; undefined if all units are larger. */
function inUnits(units: Units, value: Rational, text: (value: Rational) => string): string | undefined {
  const size = magnitude(value);
  const unit = units.find(([, one]) => compare(size, one) >= 0);
  return unit && `${text(divide(value, unit[1])!)} ${unit[0]}`;
}

function bytesText(value: Rational): string {
  const text = countText(value);
  const size = inUnits(BYTES, value, (one) => decimalText(one, 2));
  return `${text} ${text === '1' ? 'byte' : 'bytes'}${size ? ` (${size})` : ''}`;
}

/** A time in s, ms or us. A time below a microsecond is written as a fraction of a microsecond. */
function secondsText(value: Rational, text: (value: Rational) => string): string {
  if (value.numerator === 0n) return '0 s';
  return inUnits(SECONDS, value, text) ?? `${countText(multiply(value, whole(1_000_000)))} us`;
}

const short = (value: Rational): string => numberText(value, 2);

interface Texts {
  /** Formats the value with as many digits as `countText` writes. */
  readonly precise: (value: Rational) => string;
  /** Formats the value with two decimals. */
  readonly short: (value: Rational) => string;
}

const TEXTS: Readonly<Record<Measure | 'count', Texts>> = {
  count: { precise: countText, short: countText },
  bytes: { precise: bytesText, short: (value) => inUnits(BYTES, value, short) ?? bytesText(value) },
  seconds: { precise: (value) => secondsText(value, countText), short: (value) => secondsText(value, short) },
};

/** `123_818_502`, `2.4375`, `≈ 2.461538`; `8_589_934_592 bytes (8 GB)`; `≈ 2.461538 ms`. */
export const valueText = (value: Rational, measures: Measure | 'count'): string =>
  TEXTS[measures].precise(value);

const BASE: Readonly<Record<Measure | 'count', string>> = { count: '', bytes: ' bytes', seconds: ' s' };

/** Formats a value with enough digits to distinguish it from a value that differs by `off`. */
export const distinctText = (value: Rational, off: Rational, measures: Measure | 'count'): string =>
  `${numberText(value, placesOf(off, 2))}${BASE[measures]}`;

/** The distance of a value from its limit: `23_815_426 (23.8 %)`, `≈ 1.59 KB (4.2 %)`. */
export function distanceText(distance: Rational, of: Rational, measures: Measure | 'count'): string {
  const share = percentText(distance, of);
  return `${TEXTS[measures].short(distance)}${share && ` (${share})`}`;
}

/** Larger percentages are not shown. */
const MOST_PERCENT = whole(100_000);

/** `14.3 %`; empty if the share is negative or very large, or if `of` is 0. */
export function percentText(part: Rational, of: Rational): string {
  const share = divide(multiply(part, whole(100)), of);
  if (!share || share.numerator < 0n || compare(share, MOST_PERCENT) > 0) return '';
  const small = compare(share, rational(1n, 1000n)) < 0;
  if (small && share.numerator > 0n) return '< 0.001 %';
  const places = compare(share, whole(100)) >= 0 ? 0 : compare(share, whole(1)) >= 0 ? 1 : 3;
  return `${decimalText(share, places)} %`;
}

/** `−59.4 %` or `+4.1 %`; `new` if the old value is 0. */
export function changeText(before: Rational, after: Rational): string {
  if (before.numerator === 0n) return 'new';
  const share = percentText(magnitude(subtract(after, before)), magnitude(before));
  return share && `${compare(after, before) < 0 ? '−' : '+'}${share}`;
}

/** A part of one side of a budget. */
export interface BudgetPart extends Part {
  /** The part's model, if it is not the model that the budget checks. */
  readonly model: string | undefined;
}

const kindOf = ({ model, side, part }: BudgetPart): string => `${model ?? ''}.${side ?? ''}.${part}`;

/** One part, or the parts of one kind in several layers, if those parts are equal. */
export interface Largest {
  /** The part, or one of the equal parts. */
  readonly of: BudgetPart;
  readonly layers: readonly number[];
  /** The amount of all layers together. */
  readonly amount: Rational;
}

/** Finds what contributes most to a side: one part, or the equal parts of several layers together. */
export function largestOf(parts: readonly BudgetPart[]): Largest | undefined {
  const together = new Map<string, BudgetPart>();
  for (const part of parts) {
    const key = `${kindOf(part)}.${part.layer ?? ''}`;
    const old = together.get(key);
    together.set(key, old ? { ...part, amount: add(old.amount, part.amount) } : part);
  }
  const alike = new Map<string, Largest>();
  for (const part of together.values()) {
    const { numerator, denominator } = part.amount;
    // Parts outside the layers are not joined with equal parts in layers.
    const key = `${kindOf(part)} ${part.layer === null} ${numerator}/${denominator}`;
    const { of = part, layers = [], amount = NOTHING } = alike.get(key) ?? {};
    const own = part.layer === null ? [] : [part.layer + 1];
    alike.set(key, { of, layers: [...layers, ...own], amount: add(amount, part.amount) });
  }
  const most = [...alike.values()].reduce<Largest | undefined>(
    (a, b) => (a && compare(a.amount, b.amount) >= 0 ? a : b),
    undefined,
  );
  return most && compare(most.amount, NOTHING) > 0 ? most : undefined;
}

/** `1`, `1 and 2`, `1, 2 and 5`, `1 to 6`. */
function layersText(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  if (layers.length > 2 && last - first === layers.length - 1) return `${first} to ${last}`;
  return layers.length === 1 ? `${first}` : `${layers.slice(0, -1).join(', ')} and ${last}`;
}

/** Describes where in the model the largest part is. `others` is true if layers have parts of the same kind. */
const placeText = ({ of: { model, side }, layers }: Largest, others: boolean): string => {
  const layer = layers.length === 0 ? '' : ` layer${layers.length > 1 ? 's' : ''} ${layersText(layers)}`;
  const place = `${side ?? ''}${layer}${side && others && layer === '' ? ' outside its layers' : ''}`;
  return [model, place].filter(Boolean).join('’s ');
};

/** Writes which part makes a side large, and how to make that part smaller. */
export function adviceText(
  parts: readonly BudgetPart[],
  side: Rational,
  measures: Measure | 'count',
): string | undefined {
  const largest = largestOf(parts);
  if (!largest) return undefined;
  const { part, amount, side: where } = largest.of;
  const kind = kindOf(largest.of);
  const inLayers = parts.some((one) => one.layer !== null && kindOf(one) === kind);
  const place = placeText(largest, inLayers);
  const share = percentText(largest.amount, side);
  const [each, together] = largest.layers.length > 1 ? [' each', ' together'] : ['', ''];
  const size = `${TEXTS[measures].short(amount)}${each}${share && ` (${share}${together})`}`;
  const { name } = PARTS[part];
  const most = compare(multiply(largest.amount, whole(2)), side) >= 0 ? 'most of it' : 'the largest part';
  return `${most}: ${place && `${place}, `}${name}, ${size}; to make it smaller: ${remedyOf(part, where)}`;
}
