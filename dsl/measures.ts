/**
 * What quantities and numbers with units measure, beside counts. Products and quotients measure those of their sides:
 * `bytes_read / predicted_time(h100)` is bytes per second.
 */
export const MEASURES = ['bytes', 'seconds'] as const;
export type Measure = (typeof MEASURES)[number];

/** Of each measure, to which power; of a count, to none. */
export type Powers = Readonly<Record<Measure, number>>;

const powers = (of: (measure: Measure) => number): Powers =>
  Object.fromEntries(MEASURES.map((measure) => [measure, of(measure)])) as Powers;

export const powersOf = (measure: Measure | 'count'): Powers => powers((one) => (one === measure ? 1 : 0));

export const timesPowers = (a: Powers, b: Powers): Powers => powers((one) => a[one] + b[one]);

export const overPowers = (a: Powers, b: Powers): Powers => powers((one) => a[one] - b[one]);

export const samePowers = (a: Powers, b: Powers): boolean => MEASURES.every((one) => a[one] === b[one]);

/** All powers together: which of two is the larger product. */
export const degreeOf = (all: Powers): number => MEASURES.reduce((sum, one) => sum + all[one], 0);

/** The one measure that it is; of everything else values are told as counts. */
export const measureOf = (all: Powers): Measure | 'count' =>
  MEASURES.find((one) => samePowers(all, powersOf(one))) ?? 'count';

/** Above the line (1) or below it (-1): each measure as often as it is a factor. */
const factors = (all: Powers, sign: 1 | -1): readonly Measure[] =>
  MEASURES.flatMap((one) => Array.from({ length: Math.max(0, sign * all[one]) }, () => one));

/** The two measures that are multiplied, above or below the line: then it is nothing that a budget can be about. */
export function productIn(all: Powers): readonly [Measure, Measure] | undefined {
  for (const sign of [1, -1] as const) {
    const [first, second] = factors(all, sign);
    if (first && second) return [first, second];
  }
  return undefined;
}

/** `bytes`, `a count`, `bytes per second`, `a count per byte × byte`. */
export function powersText(all: Powers): string {
  const above = factors(all, 1).join(' × ') || 'a count';
  const below = factors(all, -1).map((one) => one.slice(0, -1));
  return below.length > 0 ? `${above} per ${below.join(' × ')}` : above;
}
