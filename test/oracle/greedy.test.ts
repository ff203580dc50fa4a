import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base, document, ones } from './fixtures.ts';
import { EOS, logSoftmax, PAD } from './math.ts';
import { decode, encode, forward, greedy, type OracleConfig } from './model.ts';
import { randomWeights } from './weights.ts';

describe('greedy (5.2, one beam)', () => {
  const ids = document(27, 25);
  const mask = ones(25);
  const varied = { max: 12, min: 0, lengthPenalty: 1 };

  test('C33: score = sum of log-probabilities incl. eos / (length + 1)^lenpen', () => {
    const weights = randomWeights(base, 28);
    for (const lengthPenalty of [0, 0.7, 1, 2]) {
      const found = greedy(base, weights, ids, mask, { max: 6, min: 3, lengthPenalty });
      const logits = forward(base, weights, ids, mask, [EOS, ...found.tokens.slice(0, -1)]);
      const logp = logits.map((row, t) => logSoftmax(row)[found.tokens[t]!]!);
      const total = logp.reduce((sum, value) => sum + value, 0);
      expect(found.cumulative).toBeCloseTo(total, 10);
      expect(found.score).toBeCloseTo(total / found.tokens.length ** lengthPenalty, 10);
      expect(found.tokens).not.toContain(PAD);
    }
  });

  test('C34: eos is impossible below min and forced at max', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.integer({ min: 0, max: 9999 }),
          min: fc.integer({ min: 0, max: 4 }),
          more: fc.integer({ min: 0, max: 4 }),
        }),
        ({ seed, min, more }) => {
          const found = greedy(base, randomWeights(base, seed), ids, mask, {
            ...varied,
            min,
            max: min + more,
          });
          const body = found.tokens.slice(0, -1);
          expect(found.tokens.at(-1)).toBe(EOS);
          expect(body).not.toContain(EOS);
          expect(body.length).toBeGreaterThanOrEqual(min);
          expect(body.length).toBeLessThanOrEqual(min + more);
        },
      ),
      { numRuns: 20 },
    );
  });

  /** Weights whose logits are always the same, because the last norm outputs only its bias. */
  function constantLogits(values: Record<number, number>): Parameters<typeof greedy>[1] {
    const config: OracleConfig = { ...base, shareEmbeddings: false };
    const weights = randomWeights(config, 30);
    const unit = (_: unknown, j: number) => (j === 0 ? 1 : 0);
    const last = 'decoder.layers.1.final_layer_norm';
    weights.set(`${last}.weight`, { shape: [8], data: new Float64Array(8) });
    weights.set(`${last}.bias`, { shape: [8], data: Float64Array.from({ length: 8 }, unit) });
    const data = new Float64Array(30 * 8);
    for (const [id, value] of Object.entries(values)) data[Number(id) * 8] = value;
    weights.set('decoder.output_projection.weight', { shape: [30, 8], data });
    return weights;
  }
  const unshared: OracleConfig = { ...base, shareEmbeddings: false };

  test('if eos is the best token at every step: exactly min tokens, no pad, ties by lower id', () => {
    const weights = constantLogits({ [EOS]: 5, [PAD]: 9, 11: 2, 17: 2 });
    const logits = decode(unshared, weights, encode(unshared, weights, ids, mask), [EOS])[0]!;
    const logp = logSoftmax(logits);
    const found = greedy(unshared, weights, ids, mask, { max: 10, min: 3, lengthPenalty: 2 });
    expect(found.tokens).toEqual([11, 11, 11, EOS]);
    expect(found.score).toBeCloseTo((3 * logp[11]! + logp[EOS]!) / 16, 12);
  });

  test('if eos is the worst token at every step: exactly max tokens; min = max = T forces T', () => {
    const weights = constantLogits({ [EOS]: -5, 9: 1 });
    expect(greedy(unshared, weights, ids, mask, { ...varied, max: 4 }).tokens).toEqual([9, 9, 9, 9, EOS]);
    expect(greedy(unshared, weights, ids, mask, { ...varied, max: 0 }).tokens).toEqual([EOS]);
    const eager = constantLogits({ [EOS]: 5, 9: 1 });
    const forced = greedy(unshared, eager, ids, mask, { max: 5, min: 5, lengthPenalty: 1 });
    expect(forced.tokens).toEqual([9, 9, 9, 9, 9, EOS]);
  });

  test('random weights give varied sequences', () => {
    const sequences = [31, 32, 33, 34].map(
      (seed) => greedy(base, randomWeights(base, seed), ids, mask, varied).tokens,
    );
    expect(new Set(sequences.map((tokens) => tokens.join())).size).toBe(4);
    expect(Math.max(...sequences.map((tokens) => new Set(tokens).size))).toBeGreaterThan(3);
  });
});
