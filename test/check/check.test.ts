/** The rules of the checker, each with a model that breaks this rule alone, and a similar one that breaks none. */
import { describe, expect, test } from 'vitest';
import { CHECK_RULES, checkOnnx, type FileFact, inMemory } from '../../check/index.ts';
import { CASES, type Case } from './cases.ts';

const factOf = (size: number | 'missing' | 'outside'): FileFact =>
  typeof size === 'number' ? { size } : { problem: size, why: 'for the test' };

const filesOf = ({ files = {} }: Case): ReadonlyMap<string, FileFact> =>
  new Map(Object.entries(files).map(([location, size]) => [location, factOf(size)]));

const codesIn = (bytes: Uint8Array, files?: ReadonlyMap<string, FileFact>): readonly string[] =>
  checkOnnx(inMemory(bytes), files).map(({ code }) => code);

/** This rule is checked while the file is read. Its test needs a file with false sizes, so it is in another file. */
const ELSEWHERE = ['D602'];

test('every rule has two models', () => {
  expect(Object.keys(CASES).sort()).toEqual(
    Object.keys(CHECK_RULES)
      .filter((c) => !ELSEWHERE.includes(c))
      .sort(),
  );
});

describe.each(Object.entries(CASES))('%s', (code, pair) => {
  test('is the only code that is reported for the bad model', () => {
    expect([...new Set(codesIn(pair.bad, filesOf(pair)))]).toEqual([code, ...(pair.also ?? [])]);
  });
  test('nothing is reported for the good model', () => {
    expect(checkOnnx(inMemory(pair.good), filesOf(pair))).toEqual([]);
  });
});
