/** Beam search in the graph against an independent one; 200 models more in beam.slow.ts. */
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { anyBeamCase, decided, expectedOf, expectTexts, generated, streamed } from './beam_cases.ts';

describe('the search in the graph equals one driven by step', () => {
  test('token for token, score to 1e-4', async () => {
    await fc.assert(
      fc.asyncProperty(anyBeamCase, async (one) => {
        const results = await expectedOf(one);
        fc.pre(decided(results));
        expectTexts(await generated(one), results, one.returned);
      }),
      { numRuns: 12 },
    );
  });

  test('begun and advanced a few rounds at a time', async () => {
    await fc.assert(
      fc.asyncProperty(anyBeamCase, fc.integer({ min: 1, max: 5 }), async (one, rounds) => {
        const results = await expectedOf(one);
        fc.pre(decided(results));
        expectTexts(await streamed(one, rounds), results, one.returned);
      }),
      { numRuns: 4 },
    );
  });
});
