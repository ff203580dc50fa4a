import fc from 'fast-check';

/**
 * How much a test tries. The quick suite takes a part of what the slow one takes: a file `x.slow.ts` that
 * imports `x.test.ts` runs the same tests with the larger numbers, so nothing is held by the quick one alone.
 */
export const SLOW = process.env.EFFORT === 'slow';

export const effort = <T>(quick: T, slow: T): T => (SLOW ? slow : quick);

/** So many runs, of which the first four are always the same: what a test says of all of them is no matter of luck. */
export const sameFirst = <T>(numRuns: number, drawn: fc.Arbitrary<T>): fc.Parameters<[T]> => ({
  numRuns,
  examples: fc.sample(drawn, { numRuns: 4, seed: 1 }).map((one) => [one]),
});
