/** Runs the examples of the table of codes. */
import { describe, expect, test } from 'vitest';
import { CODES, type CodeEntry, explain } from '../../dsl/index.ts';
import { checked } from './kinds.ts';

const entries: [string, CodeEntry][] = Object.entries(CODES);
const codesOf = (text: string) => checked(text).map(({ code }) => code);

/** Codes whose examples would be too long. limits.test.ts tests them. */
const WITHOUT_EXAMPLE = ['D001', 'D014'];

describe.each(entries)('%s', (code, { bad, good }) => {
  test('has examples', () => {
    expect(bad === undefined).toBe(WITHOUT_EXAMPLE.includes(code));
    expect(good === undefined && bad !== undefined).toBe(false);
  });

  test.skipIf(bad === undefined)('the bad example has this one mistake', () => {
    expect(codesOf(bad ?? '')).toEqual([code]);
  });

  test.skipIf(good === undefined)('the good example has none', () => {
    expect(codesOf(good ?? '')).toEqual([]);
  });

  test('is explained', () => {
    expect(explain(code.toLowerCase())).toContain(CODES[code as keyof typeof CODES].title);
  });
});

test('an unknown code has no explanation', () => {
  expect(explain('D999')).toBeUndefined();
  expect(explain('toString')).toBeUndefined();
});
