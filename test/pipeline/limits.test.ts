/** Impossible limits of generated texts are refused (D556) before anything runs, and the message has the number. */
import { expect, test } from 'vitest';
import { limitsOf, mostTokens } from '../../pipeline/limits.ts';

const spec = { decoder: { target: 32 } };
const reported = (options: Parameters<typeof limitsOf>[0]): string[] =>
  limitsOf(options, spec).diagnostics.map(({ code, message }) => `${code} ${message}`);

test('the default limits are those of the model', () => {
  expect(limitsOf({}, spec)).toEqual({ value: { min: 0, max: 31, lengthPenalty: 1 }, diagnostics: [] });
  expect(limitsOf({ min: 3, max: 3, lengthPenalty: -0.5 }, spec).value).toEqual({
    min: 3,
    max: 3,
    lengthPenalty: -0.5,
  });
  expect(limitsOf({ max: 0 }, spec).value?.max).toBe(0);
  expect([mostTokens(spec), mostTokens({})]).toEqual([31, 0]);
});

test.each([
  [{ max: 32 }, ['D556 max is 32, but the model writes at most 31 tokens before the end mark']],
  [{ min: 32 }, ['D556 min is 32, but must not be more than max, which is 31']],
  [{ min: 9, max: 3 }, ['D556 min is 9, but must not be more than max, which is 3']],
  [{ min: -1 }, ['D556 min is -1, but must be an integer of 0 or greater']],
  [{ max: 2.5 }, ['D556 max is 2.5, but must be an integer of 0 or greater']],
  [{ max: Number.NaN }, ['D556 max is NaN, but must be an integer of 0 or greater']],
  ...[Number.NaN, 1e300, 1e39, Number.POSITIVE_INFINITY, 20, -20].map(
    (lengthPenalty) =>
      [
        { lengthPenalty },
        [
          `D556 the length penalty is ${lengthPenalty}, but must be a number from -19.9 to 19.9: with others, the score of a text of 32 tokens does not fit in float32`,
        ],
      ] as [object, string[]],
  ),
  [
    { min: 0.5, max: -1 },
    [
      'D556 min is 0.5, but must be an integer of 0 or greater',
      'D556 max is -1, but must be an integer of 0 or greater',
    ],
  ],
])('%j is refused', (options, messages) => {
  expect(reported(options)).toEqual(messages);
});
