import fc from 'fast-check';

/**
 * The effort of a test: how many cases it tries. A file `x.slow.ts` that imports `x.test.ts` runs the same tests with
 * larger numbers, so the slow suite checks everything that the quick suite checks.
 */
export const SLOW = process.env.EFFORT === 'slow';

export const effort = <T>(quick: T, slow: T): T => (SLOW ? slow : quick);

/**
 * Options for `numRuns` runs. The first four are always the same, so that a test can also assert that a certain
 * case occurs among them.
 */
export const sameFirst = <T>(numRuns: number, drawn: fc.Arbitrary<T>): fc.Parameters<[T]> => ({
  numRuns,
  examples: fc.sample(drawn, { numRuns: 4, seed: 1 }).map((one) => [one]),
});
