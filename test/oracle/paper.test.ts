import { describe, expect, test } from 'vitest';
import { base, document, ones, pyramid, withLayers } from './fixtures.ts';
import { encode, type OracleConfig } from './model.ts';
import { randomWeights } from './weights.ts';

describe('compat paper', () => {
  const paper: OracleConfig = { ...base, compat: 'paper' };

  test('pads to the schedule, masks nothing, and padding leaks', () => {
    const weights = randomWeights(paper, 16);
    const ids = document(17, 20);
    const short = encode(paper, weights, ids, ones(20));
    const padded = encode(paper, weights, [...ids, 5, 6, 7], [...ones(20), 0, 0, 0]);
    expect(padded).toEqual(short);
    expect(short.mask).toEqual([true, true, true]);
    expect(short.origins.some(({ index }) => index.some((t) => t >= 20))).toBe(true);
    expect(() => encode(paper, weights, document(1, 33), ones(33))).toThrow(RangeError);
  });

  test('8 -> 3 appends four zero rows: the origin weights of those slots sum to less than 1', () => {
    const weights = randomWeights(paper, 18);
    const { origins } = encode(paper, weights, document(19, 32), ones(32));
    const totals = origins.map(({ weight }) => weight.reduce((sum, w) => sum + w, 0));
    expect(totals.every((total) => total <= 1 + 1e-12)).toBe(true);
    expect(totals.some((total) => total < 1 - 1e-9)).toBe(true);
  });

  test('a full document without pads and without operator padding equals the default mode', () => {
    const layers = pyramid.slice(0, 2);
    const weights = randomWeights(base, 20);
    const ids = document(21, 32);
    const plain = encode(withLayers(base, layers), weights, ids, ones(32));
    expect(encode(withLayers(paper, layers), weights, ids, ones(32))).toEqual(plain);
  });
});
