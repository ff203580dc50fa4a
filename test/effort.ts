import fc from 'fast-check';

/**
 * The number of cases that a test tries. The quick suite tries fewer than the slow one: a file `x.slow.ts` that imports
 * `x.test.ts` runs the same tests with the larger numbers.
 */
export const SLOW = process.env.EFFORT === 'slow';

export const effort = <T>(quick: T, slow: T): T => (SLOW ? slow : quick);

/** Parameters for random runs whose first four cases are always the same, so that some cases are always covered. */
export const sameFirst = <T>(numRuns: number, drawn: fc.Arbitrary<T>): fc.Parameters<[T]> => ({
  numRuns,
  examples: fc.sample(drawn, { numRuns: 4, seed: 1 }).map((one) => [one]),
});
