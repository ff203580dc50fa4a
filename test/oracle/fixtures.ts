// Models, documents and arbitrary pooling cases that the oracle's own tests share.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Matrix, OracleConfig, OracleEncoderLayer, OraclePool } from './model.ts';
import type { SoftTopKOptions } from './soft_topk.ts';
import { uniform } from './weights.ts';

export function expectClose(actual: Matrix, expected: Matrix, tolerance = 1e-10): void {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  actual.forEach((row, i) => {
    row.forEach((value, j) => {
      expect(Math.abs(value - expected[i]![j]!)).toBeLessThanOrEqual(tolerance);
    });
  });
}

export const soft: OraclePool = { kind: 'soft_topk', base: 20, order: 'position', pair: 'best_worst' };
export const block = (size: number) => ({ kind: 'block' as const, size });
export const full = { kind: 'full' as const };

export const pyramid: OracleEncoderLayer[] = [
  { consumes: 32, emits: 32, attention: block(4) },
  { consumes: 32, emits: 8, attention: block(4), pool: soft },
  { consumes: 8, emits: 3, attention: block(4), pool: soft },
];

export const base: OracleConfig = {
  vocabulary: 30,
  width: 8,
  heads: 2,
  ffn: 12,
  activation: 'relu',
  norm: 'post',
  encoder: { positions: 'sinusoidal', layers: pyramid },
  decoder: { positions: 'none', layers: 2 },
  shareEmbeddings: true,
};

export const withLayers = (config: OracleConfig, layers: OracleEncoderLayer[]): OracleConfig => ({
  ...config,
  encoder: { ...config.encoder, layers },
});

export function document(seed: number, length: number): number[] {
  const next = uniform(seed);
  return Array.from({ length }, () => 4 + Math.floor(26 * next()));
}

export const ones = (n: number): number[] => new Array<number>(n).fill(1);

export interface Case {
  rows: Matrix;
  scores: number[];
  mask: boolean[];
  options: SoftTopKOptions;
}

/** Cases of any sizes (n/k need not be a power of two), with many ties, any mask and every option. */
export const anyCase: fc.Arbitrary<Case> = fc
  .record({
    n: fc.integer({ min: 1, max: 24 }),
    seed: fc.integer(),
    ties: fc.boolean(),
    masked: fc.boolean(),
    order: fc.constantFrom('position' as const, 'score' as const),
    pair: fc.constantFrom('best_worst' as const, 'shifted' as const),
    weighting: fc.constantFrom('power' as const, 'plain' as const),
    padding: fc.constantFrom('masked' as const, 'zero' as const),
    base: fc.constantFrom(2, 20),
  })
  .chain(({ n, seed, ties, masked, ...options }) =>
    fc.integer({ min: 1, max: n }).map((k) => {
      const next = uniform(seed);
      const row = () => Array.from({ length: 3 }, () => 2 * next() - 1);
      return {
        rows: Array.from({ length: n }, row),
        scores: Array.from({ length: n }, () => (ties ? Math.ceil(4 * next()) / 4 : next())),
        mask: Array.from({ length: n }, () => !masked || next() < 0.6),
        options: { k, ...options },
      };
    }),
  );
