/** The peak memory of a run, computed by hand for small graphs, and compared with measurements of ONNX Runtime. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { evaluatePolynomial, type Polynomial, polynomialText } from '../../compiler/ir/polynomial.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { type CompileOptions, compile, parse } from '../../index.ts';
import { type MemoryPlan, type Peak, peakOf } from '../../report/memory/memory.ts';
import { type Traffic, trafficOf } from '../../report/memory/traffic.ts';
import { cacheBytesOf, weightBytesOf } from '../../report/memory/weights.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { randomCase } from '../compiler/ir/random_graph.ts';
import { effort } from '../effort.ts';

const lengths = (all: Record<string, number>): Map<string, number> => new Map(Object.entries(all));
const peak = (text: string, plan: MemoryPlan, n = 10): Peak =>
  peakOf(graphOf(text), OPS, lengths({ n }), plan);

describe('in floats of n = 10', () => {
  test('a value lives until its last read, and inputs and weights are not counted', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  param %1 = "w" f32[8, 4] uniform(bound: 1)
  %2: f32[n, 8] = linear(%0, %1, -)
  %3: f32[n, 8] = softmax(%2) {axis: -1}
  %4: f32[n, 1] = reduce_sum(%3) {axis: 1}
  return y: %4
}`;
    const { bytes, at, live } = peak(text, 'live');
    expect([bytes, at.op]).toEqual([4n * 160n, 'softmax']);
    expect(live.map(({ node, bytes }) => [node.op, bytes])).toEqual([
      ['linear', 320n],
      ['softmax', 320n],
    ]);
  });

  test('a view shares its source’s memory, and a result takes its input’s memory if it may', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  %1: f32[n, 4] = add(%0, %0)
  %2: f32[4*n] = reshape(%1) {shape: [4*n]}
  %3: f32[4*n] = relu(%2)
  %4: f32[4*n] = add(%3, %3)
  %5: f32[1] = reduce_sum(%4) {axis: 0}
  return y: %5
}`;
    expect(peak(text, 'live').bytes).toBe(4n * 80n);
  });

  test('ONNX Runtime keeps dead values for later ones of the same type, and copies views that are results', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  %1: f32[n, 4] = add(%0, %0)
  %2: f32[n, 1] = reduce_sum(%1) {axis: 1}
  %3: f32[n, 9] = concat(%2, %2, %2, %2, %2, %2, %2, %2, %2) {axis: 1}
  %4: f32[n, 1] = reduce_sum(%3) {axis: 1}
  %5: f32[n, 4] = expand(%4) {shape: [n, 4]}
  %6: f32[4*n] = reshape(%5) {shape: [4*n]}
  return y: %6
}`;
    expect(peak(text, 'live').bytes).toBe(4n * 100n);
    const kept = peak(text, 'onnxruntime');
    expect(kept.bytes).toBe(4n * 140n);
    expect(kept.live.map(({ what, bytes }) => [what, bytes])).toEqual([
      ['value', 360n],
      ['kept', 160n],
      ['value', 40n],
    ]);
  });

  test('a loop needs memory for its carried values and for the values of one iteration', () => {
    const text = `graph g(x: %0 f32[n, 4]) {
  %1: i64[] = constant() {value: i64[](3)}
  %2: bool[] = constant() {value: bool[](1)}
  %3: f32[n, 4] = loop(%1, -, %0) (%4: i64[], %5: f32[n, 4]) {
    %6: f32[n, 8] = concat(%5, %5) {axis: 1}
    %7: f32[n, 4] = slice(%6) {axis: 1, start: 0, end: 4}
    yield %2, %7
  }
  return y: %3
}`;
    // From the second iteration on, 40 floats are carried in, 80 are concatenated, and 40 are carried out.
    expect(peak(text, 'live').bytes).toBe(4n * 160n);
  });
});

test('the live plan needs at most the memory of ONNX Runtime, and at least a node with its inputs', () => {
  fc.assert(
    fc.property(randomCase(12), ({ graph, inputs }) => {
      const [batch, length] = inputs.x!.shape as readonly [number, number];
      const rounds = Array.from({ length: 12 }, (_, i) => [`rounds${i}`, 2] as const);
      const at = lengths({ batch, length, ...Object.fromEntries(rounds) });
      const [live, held] = (['live', 'onnxruntime'] as const).map((plan) => peakOf(graph, OPS, at, plan));
      expect(live!.bytes).toBeLessThanOrEqual(held!.bytes);
      expect(live!.bytes).toBe(live!.live.reduce((sum, one) => sum + one.bytes, 0n));
      const written = [...trafficOf(graph, OPS)].map(([node, t]) =>
        node.region || OPS[node.op]!.overwrites ? 0n : evaluatePolynomial(t.written, at)!,
      );
      for (const bytes of written) expect(live!.bytes).toBeGreaterThanOrEqual(bytes);
    }),
    { numRuns: effort(100, 500) },
  );
});

const text = readFileSync(new URL('../../examples/deep-pyramidion.ben', import.meta.url), 'utf8');
const SOURCE = { path: 'deep-pyramidion.ben', text };
const graphs = new Map<string, Graph>();
function graphFor(options: CompileOptions): Graph {
  const key = JSON.stringify(options);
  const graph = graphs.get(key) ?? compile(SOURCE, options).value!.graph;
  graphs.set(key, graph);
  return graph;
}

/** The most bytes at once that ONNX Runtime 1.32 requested from the allocator in one run on the CPU (docs/costs.md). */
const MEASURED: readonly (readonly [CompileOptions, Record<string, number>, number])[] = [
  [{ entry: 'encode' }, { batch: 1, length: 8192 }, 382_145_304],
  [{ entry: 'encode' }, { batch: 2, length: 4096 }, 381_874_344],
  [{ entry: 'encode' }, { batch: 1, length: 2048 }, 95_500_592],
  [{ entry: 'encode' }, { batch: 1, length: 1000 }, 47_765_392],
  [{ entry: 'encode', precision: 'int8' }, { batch: 1, length: 2048 }, 95_503_024],
  [{ entry: 'forward' }, { batch: 1, length: 512, target: 512 }, 131_185_952],
  [{ entry: 'step' }, { batch: 2, slots: 512, past: 255 }, 19_437_432],
  [{ entry: 'generate' }, { batch: 1, length: 512, written: 128, steps: 129 }, 33_256_456],
  [{ entry: 'generate' }, { batch: 4, length: 512, written: 300, steps: 301 }, 208_789_216],
];

test.each(MEASURED)(
  'DeepPyramidion, %j at %j, within 0.5 % of the measured peak',
  (options, at, measured) => {
    const { bytes } = peakOf(graphFor(options), OPS, lengths(at));
    expect(Math.abs(Number(bytes) / measured - 1)).toBeLessThan(0.005);
  },
);

test('attention that is written as its body: within one tensor of 2048 rows of the measured peak', () => {
  const { bytes } = peakOf(
    graphFor({ entry: 'encode', target: 'portable' }),
    OPS,
    lengths({ batch: 1, length: 2048 }),
  );
  expect(Math.abs(Number(bytes) - 144_802_728)).toBeLessThan(2048 * 768 * 4 * 1.01);
});

describe('bytes moved', () => {
  const moved = (text: string): string[] =>
    [...trafficOf(graphOf(text), OPS).values()].flatMap(({ read, written }) => [
      polynomialText(read),
      polynomialText(written),
    ]);

  test('weights are read, views move nothing, and lookups read only rows of their table', () => {
    const text = `graph g(i: %0 i64[n]) {
  param %1 = "table" f32[100, 4] uniform(bound: 1)
  param %2 = "w" f32[8, 4] uniform(bound: 1)
  %3: f32[n, 4] = gather(%1, %0)
  %4: f32[1, n, 4] = unsqueeze(%3) {axis: 0}
  %5: f32[1, n, 8] = linear(%4, %2, -)
  return y: %5
}`;
    expect(moved(text)).toEqual(['24·n', '16·n', '0', '0', '16·n + 128', '32·n']);
  });

  test('a pooling on scores moves 3n + k rows (SYSTEMS.md 2.5)', () => {
    const text = `graph g(x: %0 f32[1, 8192, 768], s: %1 f32[1, 8192]) {
  %2: f32[1, 2048, 768], %3: bool[1, 2048], %4: i64[1, 2048, 4], %5: f32[1, 2048, 4] = soft_topk(%0, %1, -, -) {k: 2048, base: 20, order: "position", pair: "best_worst", form: "tournament"}
  return y: %2
}`;
    const [{ read, written }] = [...trafficOf(graphOf(text), OPS).values()] as [Traffic];
    const value = (p: Polynomial): number => Number(evaluatePolynomial(p, new Map()));
    const rows = (value(read) + value(written)) / (768 * 4);
    expect(rows).toBeGreaterThanOrEqual(3 * 8192 + 2048);
    // In addition there are some columns with one number for each row.
    expect(rows).toBeLessThan((3 * 8192 + 2048) * 1.02);
  });
});

test('caches of a sequence, and weights in each precision', () => {
  const step = lower(parse(SOURCE).value!.models[0]!, { entry: 'step' }).value!;
  const { decoder, encoder } = cacheBytesOf(step);
  // There are keys and values of six layers, with 768 floats in each row.
  expect(polynomialText(decoder)).toBe('36_864·batch·past');
  expect(polynomialText(encoder)).toBe('36_864·batch·slots');
  const size = (options: CompileOptions): number =>
    Number(weightBytesOf(graphFor({ entry: 'step', ...options }), OPS));
  const [full, half, quarter] = [
    size({}),
    size({ target: 'cuda', precision: 'fp16' }),
    size({ precision: 'int8' }),
  ];
  expect(half / full).toBeCloseTo(0.5, 2);
  expect(quarter / full).toBeLessThan(0.6);
});
