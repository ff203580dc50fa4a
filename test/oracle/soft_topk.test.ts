import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCase, expectClose } from './fixtures.ts';
import { type Matrix, sigmoid } from './math.ts';
import { exactTopK, nccs } from './nccs.ts';
import {
  gatherGroups,
  paddedSize,
  type SoftTopKOptions,
  softTopKRounds,
  softTopKScores,
  transform,
} from './soft_topk.ts';
import { uniform } from './weights.ts';

const identity = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));

// SYSTEMS.md 2.13.
const v = [0.9, 0.1, 0.5, 0.7, 0.3, 0.8, 0.2, 0.6];
const fourCoefficients = {
  first: [0.999999, 0.000001],
  second: [0.999895, 0.000105],
  third: [0.996616, 0.003384],
  fourth: [0.826646, 0.173354],
};
const { first, second, third, fourth } = fourCoefficients;
const deep = [
  [0.999886, 0.000001, 0.000093, 0.000019],
  [0.946481, 0.000099, 0.053239, 0.000181],
];
const deepGroups = [
  [0, 1, 7, 2],
  [5, 6, 3, 4],
];
const golden: {
  name: string;
  options: SoftTopKOptions;
  groups: number[][];
  coefficients: number[][];
  scores: number[];
}[] = [
  {
    name: 'k=4, sort_back 0',
    options: { k: 4, order: 'score' },
    groups: [
      [0, 1],
      [5, 6],
      [3, 4],
      [7, 2],
    ],
    coefficients: [first, second, third, fourth],
    scores: [0.899999, 0.799937, 0.698646, 0.582665],
  },
  {
    name: 'k=4, sort_back 1',
    options: { k: 4, order: 'position' },
    groups: [
      [0, 1],
      [3, 4],
      [5, 6],
      [7, 2],
    ],
    coefficients: [first, third, second, fourth],
    scores: [0.899999, 0.698646, 0.799937, 0.582665],
  },
  {
    name: 'k=4, flip off',
    options: { k: 4, order: 'score', pair: 'shifted' },
    groups: [
      [0, 2],
      [5, 4],
      [3, 6],
      [7, 1],
    ],
    coefficients: [
      [0.999968, 0.000032],
      [0.999802, 0.000198],
      [0.998206, 0.001794],
      [0.990851, 0.009149],
    ],
    scores: [0.899987, 0.799901, 0.699103, 0.595425],
  },
  {
    name: 'k=4, plain softmax',
    options: { k: 4, order: 'score', weighting: 'plain' },
    groups: [
      [0, 1],
      [5, 6],
      [3, 4],
      [7, 2],
    ],
    coefficients: [
      [0.689974, 0.310026],
      [0.645656, 0.354344],
      [0.598688, 0.401312],
      [0.524979, 0.475021],
    ],
    scores: [0.65198, 0.587394, 0.539475, 0.552498],
  },
  {
    name: 'k=2, sort_back 0',
    options: { k: 2, order: 'score' },
    groups: deepGroups,
    coefficients: deep,
    scores: [0.899963, 0.794526],
  },
  {
    name: 'k=2, sort_back 1',
    options: { k: 2, order: 'position' },
    groups: deepGroups,
    coefficients: deep,
    scores: [0.899963, 0.794526],
  },
];

describe('C22: golden vectors of 2.13', () => {
  test.each(golden)('$name', ({ options, groups, coefficients, scores }) => {
    const found = softTopKScores(v, options);
    expect(found.groups).toEqual(groups);
    expectClose(found.coefficients, coefficients, 1e-6);
    expectClose([found.scores], [scores], 1e-6);
    const rounds = softTopKRounds(identity(8), v, options);
    const dense = groups.map((group, r) => {
      const row = new Array<number>(8).fill(0);
      group.forEach((input, s) => {
        row[input] = coefficients[r]![s]!;
      });
      return row;
    });
    expectClose(rounds.rows, dense, 1e-6);
    expectClose([rounds.scores], [scores], 1e-6);
  });

  test('ties are ordered by lower index and have weight one half', () => {
    const found = softTopKScores([0.5, 0.5, 0.5, 0.5], { k: 2 });
    expect(found.groups).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(found.coefficients.flat()).toEqual([0.5, 0.5, 0.5, 0.5]);
    expect(softTopKRounds(identity(4), [0.5, 0.5, 0.5, 0.5], { k: 2 }).rows).toEqual([
      [0.5, 0, 0, 0.5],
      [0, 0.5, 0.5, 0],
    ]);
  });

  test('why each round sorts again: (1, .9, .9, 0) and (.05, .04, .04, 0), 2.2', () => {
    const plain = softTopKScores([1, 0.9, 0.9, 0], { k: 2, order: 'score', weighting: 'plain' });
    expectClose([plain.scores], [[0.731, 0.9]], 5e-4);
    const power = softTopKScores([0.05, 0.04, 0.04, 0], { k: 2, order: 'score' });
    expectClose([power.scores], [[0.027, 0.04]], 5e-5);
  });
});

describe('properties of both forms', () => {
  test('C24: rounds on embeddings = scores-only, coefficients sum to 1', () => {
    fc.assert(
      fc.property(anyCase, ({ rows, scores, mask, options }) => {
        const rounds = softTopKRounds(rows, scores, options, mask);
        const found = softTopKScores(scores, options, mask);
        expect(found.scores).toEqual(rounds.scores);
        expect(found.mask).toEqual(rounds.mask);
        expectClose(gatherGroups(rows, found.groups, found.coefficients), rounds.rows, 1e-12);
        for (const row of found.coefficients) {
          expect(row.reduce((sum, c) => sum + c, 0)).toBeCloseTo(1, 12);
          expect(row.every((c) => c >= 0)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('C23: groups partition the padded inputs, size 2^p', () => {
    fc.assert(
      fc.property(anyCase, ({ scores, mask, options }) => {
        const { groups } = softTopKScores(scores, options, mask);
        const size = paddedSize(scores.length, options.k);
        expect(groups.length).toBe(options.k);
        expect(new Set(groups.map((group) => group.length))).toEqual(new Set([size / options.k]));
        expect(groups.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
    );
  });

  test('C25: the output score is the sum of c_j v_j over valid members; a slot is valid iff one member is', () => {
    fc.assert(
      fc.property(anyCase, ({ scores, mask, options }) => {
        const found = softTopKScores(scores, options, mask);
        const zero = options.padding === 'zero';
        const score = (i: number) => scores[i] ?? 1e-5;
        const valid = (i: number) => mask[i] ?? zero;
        found.groups.forEach((group, r) => {
          expect(found.mask[r]).toBe(group.some(valid));
          if (!found.mask[r]) return;
          const mean = group.reduce((sum, i, s) => sum + found.coefficients[r]![s]! * score(i), 0);
          expect(found.scores[r]).toBeCloseTo(mean, 12);
          group.forEach((i, s) => {
            if (!valid(i)) expect(found.coefficients[r]![s]).toBe(0);
          });
        });
      }),
    );
  });

  test('C26: with sort_back champion positions strictly increase', () => {
    fc.assert(
      fc.property(anyCase, ({ scores, mask, options }) => {
        const { groups } = softTopKScores(scores, { ...options, order: 'position' }, mask);
        const champions = groups.map((group) => group[0]!);
        expect(champions).toEqual([...champions].sort((a, b) => a - b));
      }),
    );
  });

  test('2.4: the champion keeps at least 2^-p', () => {
    fc.assert(
      fc.property(anyCase, ({ scores, mask, options }) => {
        const { groups, coefficients } = softTopKScores(scores, options, mask);
        for (const row of coefficients) expect(row[0]).toBeGreaterThanOrEqual(1 / groups[0]!.length - 1e-15);
      }),
    );
  });

  // n = k with order 'score' is left out: the operator is the identity there (2.7), and the model's pooling sorts.
  test('masked inputs on the right change nothing for the valid outputs', () => {
    fc.assert(
      fc.property(anyCase, fc.integer({ min: 1, max: 40 }), ({ rows, scores, options }, extra) => {
        fc.pre(rows.length > options.k || options.order === 'position');
        const settings = { ...options, padding: 'masked' as const };
        const longer = [...rows, ...Array.from({ length: extra }, () => [7, 7, 7])];
        const mask = longer.map((_, i) => i < rows.length);
        const alone = softTopKRounds(rows, scores, settings);
        const padded = softTopKRounds(longer, [...scores, ...Array(extra).fill(0.99)], settings, mask);
        expect(padded.mask).toEqual(alone.mask);
        expect(padded.rows.filter((_, r) => padded.mask[r])).toEqual(
          alone.rows.filter((_, r) => alone.mask[r]),
        );
      }),
    );
  });

  test('2.7: sizes are padded to k·2^p', () => {
    expect(paddedSize(12, 3)).toBe(12);
    expect(paddedSize(13, 3)).toBe(24);
    expect(paddedSize(8192, 512)).toBe(8192);
    expect(() => paddedSize(3, 4)).toThrow(RangeError);
    const same = softTopKRounds(identity(3), [0.2, 0.9, 0.5], { k: 3, order: 'score' });
    expect(same).toEqual({ rows: identity(3), scores: [0.2, 0.9, 0.5], mask: [true, true, true] });
  });

  test('2.7: zero padding leaks, sigmoid(20^v - 20^1e-5); masked padding does not', () => {
    const scores = [0.6, 0.5, 0.255];
    const zero = softTopKScores(scores, { k: 2, padding: 'zero' });
    expect(zero.groups).toEqual([
      [0, 3],
      [1, 2],
    ]);
    expect(zero.coefficients[0]![0]).toBeCloseTo(0.9935, 4);
    expect(softTopKScores(scores, { k: 2 }).coefficients[0]).toEqual([1, 0]);
    const winners = [0.6, 0.5, 0.255].map((s) => sigmoid(20 ** s - 20 ** 1e-5));
    expectClose([winners], [[0.9935, 0.97, 0.759]], 5e-4);
  });
});

describe('scalar checks', () => {
  test('C30: largest winner weight with sigmoid scores', () => {
    const best = transform(1 + 1e-5, { k: 1 });
    const worst = transform(1e-5, { k: 1 });
    expect(Math.abs(sigmoid(best - worst) - (1 - 5.5996e-9))).toBeLessThan(1e-11);
  });
});

// C27: the authors' log (2.12), tolerance 0.01 with 256 samples; d = 32, E ~ U[-1,1], v ~ U[0,1].
describe('C27: nCCS', () => {
  test.each([
    { n: 64, k: 2, expected: 0.9425 },
    { n: 64, k: 8, expected: 0.976 },
    { n: 64, k: 32, expected: 0.9832 },
    { n: 256, k: 32, expected: 0.9789 },
  ])('$n -> $k', ({ n, k, expected }) => {
    const next = uniform(n * 1000 + k);
    let sum = 0;
    for (let sample = 0; sample < 256; sample++) {
      const rows = Array.from({ length: n }, () => Array.from({ length: 32 }, () => 2 * next() - 1));
      const scores = Array.from({ length: n }, next);
      sum += nccs(exactTopK(rows, scores, k), softTopKRounds(rows, scores, { k }).rows);
    }
    expect(Math.abs(sum / 256 - expected)).toBeLessThan(0.01);
  });
});
