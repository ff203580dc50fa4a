/** Compares alignments of two sequences with the definition of a longest common subsequence. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { align } from '../../dsl/align.ts';

const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 12 });

/** The length of a longest common subsequence, by the recursion that defines it. */
function longest(a: readonly string[], b: readonly string[], known = new Map<string, number>()): number {
  const key = `${a.length} ${b.length}`;
  const [x, y] = [a.at(-1), b.at(-1)];
  if (x === undefined || y === undefined) return 0;
  const found =
    known.get(key) ??
    (x === y
      ? 1 + longest(a.slice(0, -1), b.slice(0, -1), known)
      : Math.max(longest(a.slice(0, -1), b, known), longest(a, b.slice(0, -1), known)));
  known.set(key, found);
  return found;
}

const inOrder = (a: readonly string[], b: readonly string[]): void => {
  let [i, j] = [-1, -1];
  for (const [x, y] of align(a, b)) {
    expect(a[x]).toBe(b[y]);
    expect(x > i && y > j).toBe(true);
    [i, j] = [x, y];
  }
};

test('paired elements are equal and in order', () => {
  fc.assert(fc.property(letters, letters, inOrder), { numRuns: 500 });
});

test('without unique elements the alignment is a longest common subsequence', () => {
  const twice = letters.map((list) => [...list, ...list]);
  fc.assert(
    fc.property(twice, twice, (a, b) => {
      const [x, y] = [
        ['<', '<', ...a],
        [...b, '>', '>'],
      ];
      expect(align(x, y).length).toBe(longest(x, y));
    }),
    { numRuns: 300 },
  );
});

test('only inserted or removed elements are left unpaired', () => {
  const all = Array.from({ length: 20_000 }, (_, i) => `node ${i % 9973}`);
  const less = all.filter((_, i) => i % 100 !== 50);
  expect(align(all, less).length).toBe(less.length);
  expect(align(less, all).length).toBe(less.length);
});

test('200,000 elements with little or nothing in common take less than two seconds', () => {
  const [a, b] = [3, 7].map((step) =>
    Array.from({ length: 200_000 }, (_, i) => `${(i * step) % 11} ${step % 2}`),
  );
  const start = performance.now();
  inOrder(a!, b!);
  inOrder(
    a!,
    a!.map((text) => `${text}!`),
  );
  expect(performance.now() - start).toBeLessThan(2000);
});
