import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCase } from './fixtures.ts';
import { dot, type Matrix, sigmoid } from './math.ts';
import { softTopKRounds, softTopKScores } from './soft_topk.ts';
import { softTopKGradient } from './soft_topk_gradient.ts';

describe('C28: gradients (2.8)', () => {
  test('golden at (.7, .45)', () => {
    const up = { rows: [[1, 0]], scores: [0] };
    const { coefficients } = softTopKScores([0.7, 0.45], { k: 1 });
    expect(coefficients[0]![0]).toBeCloseTo(0.98650416, 8);
    // dL/dw = E_a - E_z = 1 in the first column, so the score gradients are dw/dv.
    const gradient = softTopKGradient(
      [
        [1, 0],
        [0, 0],
      ],
      [0.7, 0.45],
      { k: 1 },
      up,
    );
    expect(gradient.scores[0]).toBeCloseTo(0.32473031, 8);
    expect(gradient.scores[1]).toBeCloseTo(-0.15355548, 8);
    expect(gradient.rows[0]![0]).toBeCloseTo(0.98650416, 8);
    const h = 1e-6;
    const w = (a: number, z: number) => sigmoid(20 ** a - 20 ** z);
    expect((w(0.7 + h, 0.45) - w(0.7 - h, 0.45)) / (2 * h)).toBeCloseTo(0.32473031, 6);
    expect((w(0.7, 0.45 + h) - w(0.7, 0.45 - h)) / (2 * h)).toBeCloseTo(-0.15355548, 6);
    const score = softTopKGradient([[0], [0]], [0.7, 0.45], { k: 1 }, { rows: [[0]], scores: [1] });
    expect(score.scores[1]).toBeCloseTo(-0.0249, 4);
  });

  test('against central differences, through several rounds, masks and padding', () => {
    fc.assert(
      fc.property(anyCase, ({ rows, mask, options }) => {
        // Well separated scores: away from the kinks where the pairing changes.
        const step = 1 / (rows.length + 1);
        const scores = rows.map((_, i) => (((i * 7) % rows.length) + 1) * step + 0.001 * rows[i]![0]!);
        const weights = rows.map((row) => row.map((value) => value + 0.3));
        const outputs = (r: Matrix, s: number[]) => softTopKRounds(r, s, options, mask);
        const factor = (slot: number, j: number) => weights[slot % weights.length]![j]!;
        const loss = (r: Matrix, s: number[]) => {
          const out = outputs(r, s);
          return out.rows.reduce((sum, row, i) => {
            if (!out.mask[i]) return sum;
            return (
              sum +
              dot(
                row,
                [0, 1, 2].map((j) => factor(i, j)),
              ) +
              factor(i, 0) * out.scores[i]!
            );
          }, 0);
        };
        const out = outputs(rows, scores);
        const up = {
          rows: out.rows.map((row, i) => row.map((_, j) => (out.mask[i] ? factor(i, j) : 0))),
          scores: out.scores.map((_, i) => (out.mask[i] ? factor(i, 0) : 0)),
        };
        const gradient = softTopKGradient(rows, scores, options, up, mask);
        const h = 1e-7;
        const order = JSON.stringify(softTopKScores(scores, options, mask).groups);
        for (let i = 0; i < rows.length; i++) {
          const moved = (delta: number) => scores.map((s, at) => (at === i ? s + delta : s));
          const kink = [h, -h].some(
            (delta) => JSON.stringify(softTopKScores(moved(delta), options, mask).groups) !== order,
          );
          if (!kink) {
            const slope = (loss(rows, moved(h)) - loss(rows, moved(-h))) / (2 * h);
            expect(Math.abs(slope - gradient.scores[i]!)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope)));
          }
          const shifted = (delta: number) =>
            rows.map((row, at) => (at === i ? [row[0]! + delta, row[1]!, row[2]!] : row));
          const slope = (loss(shifted(h), scores) - loss(shifted(-h), scores)) / (2 * h);
          expect(Math.abs(slope - gradient.rows[i]![0]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
        }
      }),
    );
  });
});

test('C29: the plain loser derivative changes sign at D = 1.278465', () => {
  // du/dv_z = (1-w) - w(1-w)·D with w = sigmoid(D): zero where w·D = 1.
  let low = 1;
  let high = 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (sigmoid(middle) * middle < 1) low = middle;
    else high = middle;
  }
  expect(low).toBeCloseTo(1.278465, 6);
  const slope = (gap: number) => {
    const up = { rows: [[0]], scores: [1] };
    return softTopKGradient([[0], [0]], [gap, 0], { k: 1, weighting: 'plain' }, up).scores[1]!;
  };
  expect(slope(low - 1e-4)).toBeGreaterThan(0);
  expect(slope(low + 1e-4)).toBeLessThan(0);
});
