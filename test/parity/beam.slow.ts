/** The search in the graph against an independent one, over 200 random small models. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import './beam.test.ts';
import { anyBeamCase, decided, expectedOf, expectTexts, generated, streamed } from './beam_cases.ts';

test('200 models, searches and batches: generate and streaming equal a search driven by step', async () => {
  const seen = { cases: 0, undecided: 0, crossings: 0, lowEnds: 0, missing: 0, early: 0, unequal: 0 };
  await fc.assert(
    fc.asyncProperty(anyBeamCase, fc.integer({ min: 1, max: 5 }), async (one, rounds) => {
      const results = await expectedOf(one);
      if (!decided(results)) seen.undecided++;
      fc.pre(decided(results));
      expectTexts(await generated(one), results, one.returned);
      if (seen.cases % 4 === 0) expectTexts(await streamed(one, rounds), results, one.returned);
      seen.cases++;
      seen.crossings += Number(results.some((r) => r.crossings > 0));
      seen.lowEnds += Number(results.some((r) => r.lowEnds > 0));
      seen.missing += Number(results.some((r) => r.hypotheses.length < one.options.beam));
      seen.early += Number(results.every((r) => r.steps <= one.options.max));
      seen.unequal += Number(new Set(one.documents.map((d) => d.ids.length)).size > 1);
    }),
    { numRuns: 200 },
  );
  console.log(JSON.stringify(seen));
  // Each difficult case must occur often enough to be tested. Usually each occurs 26 to 150 times.
  expect(seen.cases).toBe(200);
  expect(seen.undecided).toBeLessThan(60);
  for (const kind of ['crossings', 'lowEnds', 'missing', 'early', 'unequal'] as const)
    expect(seen[kind], kind).toBeGreaterThan(5);
});
