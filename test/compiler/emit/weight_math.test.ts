/**
 * Tests weights that are computed while the artifact is written: they equal those at run time, for pieces of every
 * size.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emit, streamData } from '../../../compiler/emit/index.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import type { Tensor } from '../../../compiler/ir/op.ts';
import type { WeightSource } from '../../../compiler/ir/weights.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { graphOf } from '../ir/graphs.ts';
import { deviation, weightByName } from '../ops/samples.ts';

/** A source that yields pieces of `size` elements, which may end inside rows. */
const inPieces = (size: number): WeightSource => ({
  label: 'pieces',
  random: true,
  async *read(spec) {
    const all = Float32Array.from(weightByName(spec).data);
    for (let i = 0; i < all.length; i += size) yield all.subarray(i, i + size);
  },
});

const draw = 'uniform(bound: 0.5)';
const WEIGHTS = `
  param %1 = "a" f32[2, 6] ${draw}
  param %2 = "b" f32[6, 5] ${draw}
  param %3 = "c" f32[2, 6] ${draw}
  param %4 = "d" f32[1] ${draw}`;

/** A graph that multiplies x by %9, which is computed from weights alone. */
const graph = (shape: string, body: string): ReturnType<typeof graphOf> =>
  graphOf(`graph g(x: %0 f32[${shape}]) {${WEIGHTS}
  %5: f32[] = constant() {value: f32[](0.25)}
  ${body}
  %10: f32[${shape}] = mul(%0, %9)
  return y: %10
}`);

const CASES: readonly [string, string, string][] = [
  ['a product', '2, 5', '%9: f32[2, 5] = matmul(%1, %2)'],
  ['a sum', '2, 6', '%9: f32[2, 6] = add(%1, %3)'],
  ['a weight times a literal', '2, 6', '%9: f32[2, 6] = mul(%1, %5)'],
  ['a literal times a weight', '2, 6', '%9: f32[2, 6] = mul(%5, %1)'],
  ['a weight of one element plus a weight', '2, 6', '%9: f32[2, 6] = add(%4, %1)'],
  ['another shape', '3, 4', '%9: f32[3, 4] = reshape(%1) {shape: [3, 4]}'],
  ['a product after another', '2, 5', '%8: f32[2, 6] = mul(%1, %5)\n  %9: f32[2, 5] = matmul(%8, %2)'],
];

/** The tensor of the only initializer of a graph. */
async function written(g: ReturnType<typeof graphOf>, source: WeightSource): Promise<Float32Array> {
  const emitted = emit(g, { ops: OPS, metadata: {}, version: 'test' });
  expect(emitted.graph.node!.map((node) => node.opType)).toEqual(['Mul']);
  const bytes: Uint8Array[] = [];
  for await (const piece of streamData(emitted, source)) bytes.push(piece.slice());
  const [placement, ...others] = emitted.placements;
  expect(others).toEqual([]);
  const data = Buffer.concat(bytes).subarray(placement!.offset, placement!.offset + placement!.bytes);
  return new Float32Array(Uint8Array.from(data).buffer);
}

describe.each(CASES)('%s', (_, shape, body) => {
  test('it is one initializer that equals the value in float64, rounded once', async () => {
    const g = graph(shape, body);
    const lengths = shape.split(', ').map(Number);
    const size = lengths.reduce((a, b) => a * b, 1);
    const ones: Tensor = { dtype: 'f32', shape: lengths, data: new Float64Array(size).fill(1) };
    const want = interpret(g, { x: ones }, weightByName, OPS).y!;
    const whole = await written(g, inPieces(1000));
    expect(deviation({ ...want, data: Float64Array.from(whole) }, want, 2 ** -23)).toBeTypeOf('number');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 13 }), async (piece) => {
        expect(await written(g, inPieces(piece))).toEqual(whole);
      }),
      { numRuns: 6 },
    );
  });
});

test.each([
  [
    'operands that broadcast in another way',
    '2, 6',
    '%8: f32[2, 1] = reshape(%11) {shape: [2, 1]}\n  %9: f32[2, 6] = add(%1, %8)',
    'Add',
  ],
  ['a value that depends on an input', '2, 6', '%9: f32[2, 6] = add(%1, %0)', 'Add'],
])('%s: computed at run time', (_, shape, body, op) => {
  const g = graph(
    shape,
    body.includes('%11') ? `%11: f32[2] = constant() {value: f32[2](1, 2)}\n  ${body}` : body,
  );
  const emitted = emit(g, { ops: OPS, metadata: {}, version: 'test' });
  expect(emitted.graph.node!.map((node) => node.opType)).toContain(op);
});
