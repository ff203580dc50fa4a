/**
 * How much a test tries. The quick suite takes a part of what the slow one takes: a file `x.slow.ts` that
 * imports `x.test.ts` runs the same tests with the larger numbers, so nothing is held by the quick one alone.
 */
export const SLOW = process.env.EFFORT === 'slow';

export const effort = <T>(quick: T, slow: T): T => (SLOW ? slow : quick);
