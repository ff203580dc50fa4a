/** Tests the reference interpreter: loops, symbols, errors, and agreement with ONNX Runtime on random graphs. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Attrs, DType } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import type { Tensor } from '../../../compiler/ir/op.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { runOnnx } from '../emit/onnx.ts';
import { deviation, weightByName } from '../ops/samples.ts';
import { graphOf } from './graphs.ts';
import { randomCase } from './random_graph.ts';

const run = (text: string, inputs: Record<string, Tensor>, owner: Attrs = {}): Record<string, Tensor> =>
  interpret(graphOf(text), inputs, weightByName, OPS, owner);
const numbers = (dtype: DType, ...data: number[]): Tensor => tensor(dtype, [data.length], data);
const one = (dtype: DType, x: number): Tensor => tensor(dtype, [], [x]);

/** A loop that carries a growing list and a sum, collects the sum, and ends when it exceeds 5. */
const GROWING = `graph g(x: %0 f32[n], most: %1 i64[], start: %2 bool[]) {
  %3: f32[] = constant() {value: f32[](0)}
  %4: f32[0] = constant() {value: f32[0]()}
  %5: f32[] = constant() {value: f32[](5)}
  %6: f32[], %7: f32[all], %8: f32[rounds] = loop(%1, %2, %3, %4) (%9: i64[], %10: f32[], %11: f32[past]) {
    %12: f32[] = gather(%0, %9)
    %13: f32[] = add(%10, %12)
    %14: f32[1] = unsqueeze(%12) {axis: 0}
    %15: f32[past + 1] = concat(%11, %14) {axis: 0}
    %16: bool[] = less(%13, %5)
    yield %16, %13, %15, %13
  }
  return sum: %6, list: %7, sums: %8
}`;

describe('loops', () => {
  const x = numbers('f32', 1, 2, 3, 4, 5);
  test.each([
    ['end when the condition is false', 9, 1, [6, [1, 2, 3], [1, 3, 6]]],
    ['end after the last iteration', 2, 1, [3, [1, 2], [1, 3]]],
    ['run no iteration', 0, 1, [0, [], []]],
    ['do not start', 9, 0, [0, [], []]],
  ])('%s', async (_, most, start, [sum, list, sums]) => {
    const inputs = { x, most: one('i64', most), start: one('bool', start) };
    const got = run(GROWING, inputs);
    expect(got).toEqual({
      sum: one('f32', sum as number),
      list: numbers('f32', ...(list as number[])),
      sums: numbers('f32', ...(sums as number[])),
    });
    expect(await runOnnx(graphOf(GROWING), inputs)).toEqual(got);
  });

  test('refuse scans of different lengths', () => {
    const text = GROWING.replace('yield %16, %13, %15, %13', 'yield %16, %13, %15, %15').replace(
      '%8: f32[rounds]',
      '%8: f32[rounds, all]',
    );
    const inputs = { x, most: one('i64', 3), start: one('bool', 1) };
    expect(() => run(text, inputs)).toThrow(/f32\[1\] in one iteration, but f32\[2\] in another/);
  });
});

describe('refuses', () => {
  const x = numbers('f32', 1, 2, 3);
  test.each<[string, string, Record<string, Tensor>, RegExp]>([
    ['a missing input', 'graph g(x: %0 f32[n]) { return y: %0 }', {}, /needs the input 'x'/],
    [
      'another dtype',
      'graph g(x: %0 i64[n]) { return y: %0 }',
      { x },
      /the declared type is i64\[n\], but the value is f32\[3\]/,
    ],
    [
      'another rank',
      'graph g(x: %0 f32[]) { return y: %0 }',
      { x },
      /the declared type is f32\[\], but the value is f32\[3\]/,
    ],
    [
      'a symbol of two lengths',
      'graph g(x: %0 f32[n], z: %1 f32[n]) { return y: %0 }',
      { x, z: numbers('f32', 1) },
      /n = 3/,
    ],
    ['an odd length for an even dim', 'graph g(x: %0 f32[2*n]) { return y: %0 }', { x }, /2\*n = unknown/],
    [
      'a fraction as i64',
      'graph g(x: %0 i64[n]) { return y: %0 }',
      { x: numbers('i64', 0.5) },
      /0.5 is not an element of i64/,
    ],
    [
      'a wrong claim',
      'graph g(x: %0 f32[n]) { %1: f32[4] = relu(%0) return y: %1 }',
      { x },
      /its value is f32\[3\]\n {2}in node: %1/,
    ],
    [
      'a length that no input determines',
      'graph g() { %1: i64[m] = iota() {n: "m"} return y: %1 }',
      {},
      /m has no value here/,
    ],
  ])('%s', (_, text, inputs, message) => expect(() => run(text, inputs)).toThrow(message));

  test('the message names the path to the innermost node', () => {
    const text = `graph g(x: %0 f32[2, n, 4]) {
      %1: f32[2, n, 4] = block_attention(%0, %0, %0, -) {heads: 2, block: 2, scaled: false, kernel: "body"}  // encoder.layers.0
      return y: %1 }`;
    expect(() => run(text, { x: tensor('f32', [2, 3, 4], new Array(24).fill(1)) })).toThrow(
      /in encoder.layers.0: %1.*block_attention/,
    );
  });
});

test('a body that refers to attributes uses the values of the node that it belongs to', () => {
  const text = `graph body(x: %0 f32[n]) {
    %1: f32[] = attribute() {of: "base"}
    %2: f32[n + @k] = pad(%0) {axis: 0, before: 0, after: "@k", value: ref(base)}
    %3: f32[n + @k] = mul(%2, %1)
    return y: %3
  }`;
  expect(run(text, { x: numbers('f32', 1, 2) }, { k: 2, base: 3 })).toEqual({
    y: numbers('f32', 3, 6, 9, 9),
  });
});

test('ONNX Runtime agrees on random graphs', async () => {
  await fc.assert(
    fc.asyncProperty(randomCase(12), async ({ graph, inputs }) => {
      const want = interpret(graph, inputs, weightByName, OPS);
      const got = await runOnnx(graph, inputs);
      for (const [name, t] of Object.entries(want)) {
        // The tolerance is larger than 1e-5 because layer normalisation divides by as little as sqrt(1e-5). This can
        // magnify float32's rounding 316 times.
        expect(deviation(got[name]!, t, t.dtype === 'f32' ? 1e-3 : 0)).toBeTypeOf('number');
      }
    }),
    { numRuns: 100 },
  );
});
