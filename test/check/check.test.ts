/** The rules of the checker: each with a model that breaks it alone, and one beside it that is right. */
import { describe, expect, test } from 'vitest';
import { CHECK_RULES, checkOnnx, type FileFact, inMemory } from '../../check/index.ts';
import { CASES, type Case } from './cases.ts';

const factOf = (size: number | 'missing' | 'outside'): FileFact =>
  typeof size === 'number' ? { size } : { problem: size, why: 'for the test' };

const filesOf = ({ files = {} }: Case): ReadonlyMap<string, FileFact> =>
  new Map(Object.entries(files).map(([location, size]) => [location, factOf(size)]));

const codesIn = (bytes: Uint8Array, files?: ReadonlyMap<string, FileFact>): readonly string[] =>
  checkOnnx(inMemory(bytes), files).map(({ code }) => code);

/** Found while the file is read, and tested where sizes can be claimed without being there. */
const ELSEWHERE = ['D602'];

test('every rule has its two models', () => {
  expect(Object.keys(CASES).sort()).toEqual(
    Object.keys(CHECK_RULES)
      .filter((c) => !ELSEWHERE.includes(c))
      .sort(),
  );
});

describe.each(Object.entries(CASES))('%s', (code, pair) => {
  test('is what is wrong with the bad one, and all that is', () => {
    expect([...new Set(codesIn(pair.bad, filesOf(pair)))]).toEqual([code, ...(pair.also ?? [])]);
  });
  test('the good one is right', () => {
    expect(checkOnnx(inMemory(pair.good), filesOf(pair))).toEqual([]);
  });
});
