/**
 * The physical dimensions of budgets: quantities and numbers with units measure bytes or seconds; everything else is a
 * count. A product or a quotient combines the dimensions of its sides: `bytes_read / predicted_time(h100)` is bytes per
 * second.
 */
export const MEASURES = ['bytes', 'seconds'] as const;
export type Measure = (typeof MEASURES)[number];

/** The exponent of each measure, such as 1 and -1 in bytes per second. For a count all exponents are 0. */
export type Powers = Readonly<Record<Measure, number>>;

const powers = (of: (measure: Measure) => number): Powers =>
  Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Powers;

export const powersOf = (measure: Measure | 'count'): Powers => powers((one) => (one === measure ? 1 : 0));

export const timesPowers = (a: Powers, b: Powers): Powers => powers((one) => a[one] + b[one]);

export const overPowers = (a: Powers, b: Powers): Powers => powers((one) => a[one] - b[one]);

export const samePowers = (a: Powers, b: Powers): boolean => MEASURES.every((one) => a[one] === b[one]);

/** The sum of all exponents, by which two products are ordered. */
export const degreeOf = (all: Powers): number => MEASURES.reduce((sum, one) => sum + all[one], 0);

/** Finds the measure that has exactly these exponents. Any other combination is shown as a count. */
export const measureOf = (all: Powers): Measure | 'count' =>
  MEASURES.find((one) => samePowers(all, powersOf(one))) ?? 'count';

/** Lists each measure as often as it is a factor of the numerator (`sign` 1) or of the denominator (-1). */
const factors = (all: Powers, sign: 1 | -1): readonly Measure[] =>
  MEASURES.flatMap((one) => Array.from({ length: Math.max(0, sign * all[one]) }, () => one));

/**
 * Finds two measures that are multiplied with each other in the numerator or in the denominator. No budget may compare
 * such a product.
 */
export function productIn(all: Powers): readonly [Measure, Measure] | undefined {
  for (const sign of [1, -1] as const) {
    const [first, second] = factors(all, sign);
    if (first && second) return [first, second];
  }
  return undefined;
}

/** Writes texts like `bytes`, `a count`, `bytes per second` and `a count per byte × byte`. */
export function powersText(all: Powers): string {
  const above = factors(all, 1).join(' × ') || 'a count';
  const below = factors(all, -1).map((one) => one.slice(0, -1));
  return below.length > 0 ? `${above} per ${below.join(' × ')}` : above;
}
