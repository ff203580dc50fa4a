/**
 * The op SoftTopK in both its forms, interpreted and in ONNX Runtime, against Algorithm 1 of the oracle, with
 * exact ties, masks, sizes that are not powers of two, and every order and pairing.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBuilder } from '../../compiler/ir/build.ts';
import { type Graph, type } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { softTopk } from '../../compiler/ops/soft_topk.ts';
import { runOnnx } from '../compiler/emit/onnx.ts';
import { anyCase } from '../oracle/fixtures.ts';
import { softTopKRounds } from '../oracle/soft_topk.ts';

const FORMS = ['rounds', 'tournament'] as const;

interface Problem {
  readonly rows: number[][];
  readonly scores: number[];
  readonly mask: boolean[];
  readonly k: number;
  readonly base: number;
  readonly order: 'position' | 'score';
  readonly pair: 'best_worst' | 'shifted';
}

/** A graph of this one op, with symbolic lengths as in a real model. */
function graphOf({ k, base, order, pair }: Problem, form: string): Graph {
  const b = createBuilder('pool');
  const x = b.input('x', type('f32', 'batch', 'n', 3));
  const score = b.input('score', type('f32', 'batch', 'n'));
  const mask = b.input('mask', type('bool', 'batch', 'n'));
  const outs = b.many(softTopk, [x, score, mask], { k, base, order, pair, form });
  softTopk.outs.forEach((name, i) => void b.output(name, outs[i]!));
  return b.done();
}

const inputsOf = ({ rows, scores, mask }: Problem): Record<string, Tensor> => ({
  x: tensor('f32', [1, rows.length, 3], rows.flat()),
  score: tensor('f32', [1, rows.length], scores),
  mask: tensor('bool', [1, rows.length], mask.map(Number)),
});

/** float32 values, so that ties in float32 are ties here too. */
const problems: fc.Arbitrary<Problem> = anyCase.map(({ rows, scores, mask, options }) => ({
  rows: rows.map((row) => row.map(Math.fround)),
  scores: scores.map(Math.fround),
  mask,
  k: options.k,
  base: options.base ?? 20,
  order: options.order ?? 'position',
  pair: options.pair ?? 'best_worst',
}));

function expectOracle(out: Record<string, Tensor>, problem: Problem, tolerance: number): void {
  const { rows, scores, mask, k, base, order, pair } = problem;
  const want = softTopKRounds(rows, scores, { k, base, order, pair, padding: 'masked' }, mask);
  const real = Array.from(out.y_mask!.data, Boolean);
  expect(real).toEqual(want.mask);
  real.forEach((valid, slot) => {
    if (!valid) return;
    want.rows[slot]!.forEach((v, j) => {
      expect(Math.abs(out.y!.data[slot * 3 + j]! - v)).toBeLessThan(tolerance);
    });
    // C24: the index and weight of each slot reproduce its row.
    const group = out.index!.shape[2]!;
    const parts = Array.from({ length: group }, (_, g) => slot * group + g);
    const weights = parts.map((p) => out.weight!.data[p]!);
    expect(Math.abs(weights.reduce((a, b) => a + b, 0) - 1)).toBeLessThan(tolerance);
    want.rows[slot]!.forEach((v, j) => {
      const sum = parts.reduce((s, p, g) => s + weights[g]! * rows[out.index!.data[p]!]![j]!, 0);
      expect(Math.abs(sum - v)).toBeLessThan(tolerance);
    });
  });
}

/**
 * Whether scores with float32 rounding errors give the same rows. Ties are excluded, because after a round float64 may
 * distinguish scores (1 and 1 - 1e-9) that are equal in float32.
 */
function decided({ rows, scores, mask, ...options }: Problem): boolean {
  const sorted = [...scores].sort((a, b) => a - b);
  if (sorted.some((v, i) => i > 0 && v - sorted[i - 1]! < 1e-3)) return false;
  const want = softTopKRounds(rows, scores, options, mask).rows;
  return [1, 2, 3, 4].every((draw) => {
    const nudged = scores.map((v, i) => v + 1e-6 * Math.sin(7 * i + draw));
    const got = softTopKRounds(rows, nudged, options, mask).rows;
    return want.every((row, i) => row.every((v, j) => Math.abs(v - got[i]![j]!) < 1e-4));
  });
}

describe('SoftTopK equals Algorithm 1', () => {
  for (const form of FORMS) {
    test(`${form}, interpreted in float64`, () => {
      const noWeights = (): never => expect.unreachable();
      fc.assert(
        fc.property(problems, (problem) => {
          fc.pre(problem.k < problem.rows.length);
          expectOracle(interpret(graphOf(problem, form), inputsOf(problem), noWeights, OPS), problem, 1e-6);
        }),
        { numRuns: 120 },
      );
    });
  }

  test('in ONNX Runtime both forms equal each other, also for ties, and the oracle if rounding changes no order', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(problems, async (problem) => {
        fc.pre(problem.k < problem.rows.length);
        const [rounds, tournament] = await Promise.all(
          FORMS.map((form) => runOnnx(graphOf(problem, form), inputsOf(problem))),
        );
        expect(tournament!.y_mask).toEqual(rounds!.y_mask);
        expect(tournament!.index).toEqual(rounds!.index);
        tournament!.y!.data.forEach((v, i) => {
          expect(Math.abs(v - rounds!.y!.data[i]!)).toBeLessThan(1e-5);
        });
        if (!decided(problem)) return;
        compared++;
        expectOracle(tournament!, problem, 1e-4);
      }),
      { numRuns: 120 },
    );
    expect(compared).toBeGreaterThan(20);
  });

  test.each(FORMS)(
    'ties in ONNX Runtime, %s: lower index first, equal scores give plain means',
    async (form) => {
      const even = { mask: Array(4).fill(true), base: 20, order: 'position', pair: 'best_worst' } as const;
      const rows = [0, 1, 2, 3].map((i) => [0, 1, 2].map((j) => Math.fround(Math.sin(3 * i + j))));
      const problem: Problem = { ...even, rows, scores: [0.5, 0.5, 0.5, 0.5], k: 2 };
      const out = await runOnnx(graphOf(problem, form), inputsOf(problem));
      expect(Array.from(out.index!.data)).toEqual([0, 3, 1, 2]);
      expect(Array.from(out.weight!.data)).toEqual([0.5, 0.5, 0.5, 0.5]);
      expectOracle(out, problem, 1e-6);
    },
  );

  test('golden vectors of SYSTEMS.md 2.13 (C22)', async () => {
    const scores = [0.9, 0.1, 0.5, 0.7, 0.3, 0.8, 0.2, 0.6];
    const b = createBuilder('golden');
    const x = b.input('x', type('f32', 1, 'n', 8));
    const score = b.input('score', type('f32', 1, 'n'));
    const [y] = b.many(softTopk, [x, score, null], { k: 4, order: 'score', form: 'tournament' });
    b.output('y', y!);
    const identity = Array.from({ length: 64 }, (_, i) => Number(i % 9 === 0));
    const out = await runOnnx(b.done(), {
      x: tensor('f32', [1, 8, 8], identity),
      score: tensor('f32', [1, 8], scores),
    });
    const rows = [
      [0.999999, 0.000001, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0.999895, 0.000105, 0],
      [0, 0, 0, 0.996616, 0.003384, 0, 0, 0],
      [0, 0, 0.173354, 0, 0, 0, 0, 0.826646],
    ].flat();
    rows.forEach((v, i) => {
      expect(Math.abs(out.y!.data[i]! - v)).toBeLessThan(1e-5);
    });
  });
});
