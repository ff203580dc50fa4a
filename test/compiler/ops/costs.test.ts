/**
 * Costs are counts, not estimates: the declared cost of an op equals what its reference value performs, on each of
 * its samples in each of its forms, and in random graphs.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attrs } from '../../../compiler/ir/graph.ts';
import { isComposite, type Op } from '../../../compiler/ir/op.ts';
import { polynomialText } from '../../../compiler/ir/polynomial.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { workOf } from '../../../report/algebra/fold.ts';
import { effort } from '../../effort.ts';
import { graphOf } from '../ir/graphs.ts';
import { randomCase } from '../ir/random_graph.ts';
import { counted, expectExact } from './counted.ts';
import { oneOp, sampleName, weightByName } from './samples.ts';

/** Ops without samples. One has a value only inside a body, the other is a region whose nodes have costs. */
const WITHOUT_SAMPLES = ['attribute', 'loop'];

/** The forms that a hint of the op selects. Kernels are left out, because the body is counted instead. */
function formsOf(op: Op): readonly Attrs[] {
  const forms = new Set(op.samples.flatMap(({ attrs }) => (attrs?.form ? [attrs.form] : [])));
  return forms.size > 0 ? [...forms].map((form) => ({ form })) : [{}];
}

describe.each(Object.values(OPS).map((op) => [op.name, op] as const))('%s', (name, op) => {
  test('declares a cost, or has a body whose ops do', () => {
    expect(op.cost !== undefined || isComposite(op)).toBe(true);
    expect(op.samples.length > 0 || WITHOUT_SAMPLES.includes(name)).toBe(true);
  });

  for (const sample of op.samples)
    for (const attrs of formsOf(op))
      test(`${sampleName(op, sample)} ${JSON.stringify(attrs)} performs what it declares`, () => {
        for (const symbolic of [false, true]) {
          const { graph, inputs } = oneOp(op, sample, { attrs, symbolic });
          const all = counted(graph, inputs, weightByName);
          expect(all.length).toBeGreaterThan(0);
          expectExact(all);
        }
      });
});

test('every application of every node of random graphs performs what the node declares', () => {
  fc.assert(
    fc.property(randomCase(12), ({ graph, inputs }) => expectExact(counted(graph, inputs, weightByName))),
    { numRuns: effort(100, 600) },
  );
});

/** The visible and the hidden macs, in symbols. */
const textOf = (text: string): string[] =>
  workOf(graphOf(text), OPS).flatMap(({ work }) => [polynomialText(work.macs), polynomialText(work.hidden)]);

describe('the formulas of SYSTEMS.md 0.3 and 1.0, in symbols', () => {
  test('attention: 2·a·c·d', () => {
    const text = `graph g(q: %0 f32[b, a, 8], k: %1 f32[b, c, 8]) {
  %2: f32[b, a, 8] = attention(%0, %1, %1, -) {heads: 2, causal: false, scaled: true, kernel: "body"}
  return y: %2
}`;
    expect(textOf(text)).toEqual(['16·a·b·c', '0']);
  });

  test('causal: d·t·(t + 1), and the rest of the square is hidden', () => {
    const text = `graph g(q: %0 f32[b, t, 8]) {
  %2: f32[b, t, 8] = attention(%0, %0, %0, -) {heads: 2, causal: true, scaled: true, kernel: "body"}
  return y: %2
}`;
    expect(textOf(text)).toEqual(['8·b·t² + 8·b·t', '8·b·t² − 8·b·t']);
  });

  test('blockwise: 2·n·m·d', () => {
    const text = `graph g(q: %0 f32[1, n, 8]) {
  %2: f32[1, n, 8] = block_attention(%0, %0, %0, -) {heads: 2, block: 4, scaled: true, kernel: "body"}
  return y: %2
}`;
    expect(textOf(text)).toEqual(['16·min(n, 4)·n', '0']);
  });
});

/** The work of a pooling n → k of rows of width 768, in the given form. */
function pooling(n: number, k: number, form: string): Record<string, string> {
  const b = graphOf(`graph g(x: %0 f32[1, ${n}, 768], s: %1 f32[1, ${n}]) {
  %2: f32[1, ${k}, 768], %3: bool[1, ${k}], %4: i64[1, ${k}, ${n / k}], %5: f32[1, ${k}, ${n / k}] = soft_topk(%0, %1, -, -) {k: ${k}, base: 20, order: "score", pair: "best_worst", form: "${form}"}
  return y: %2
}`);
  const [{ work }] = workOf(b, OPS) as [ReturnType<typeof workOf>[number]];
  return Object.fromEntries(Object.entries(work).map(([kind, p]) => [kind, polynomialText(p)]));
}

test.each([
  [8192, 2048],
  [8192, 512],
  [2048, 512],
])(
  'soft top-k %i → %i mixes rows with 2(n − k)·d multiplications in rounds, or n·d in one product',
  (n, k) => {
    const [rounds, once] = [pooling(n, k, 'rounds'), pooling(n, k, 'tournament')];
    const grouped = (x: number): string => x.toLocaleString('en').replaceAll(',', '_');
    expect(once.macs).toBe(grouped(n * 768));
    expect(rounds.macs).toBe('0');
    const [more, less] = [rounds.multiplies!, once.multiplies!].map((s) => Number(s.replaceAll('_', '')));
    expect(more! - less!).toBe(2 * (n - k) * 768);
    // Two powers and a sigmoid for each of n − k pairs (SYSTEMS.md 2.5), and the logarithm of the base.
    expect(once.exps).toBe(grouped(3 * (n - k) + 1));
  },
);
