/** Tests weights in 8 and 4 bits: the streamed bytes equal the reference, and both keep the bounds of the formulas. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf } from '../../../compiler/emit/tensors.ts';
import { PLAIN } from '../../../compiler/ir/arithmetic.ts';
import type { Attrs, Node } from '../../../compiler/ir/graph.ts';
import type { Primitive, Tensor } from '../../../compiler/ir/op.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { weightExpr } from '../../../compiler/ir/weight_expr.ts';
import type { WeightSource } from '../../../compiler/ir/weights.ts';
import { plainWeight } from '../../../compiler/ir/weights.ts';
import { quantizeBlocks } from '../../../compiler/ops/quantize_blocks.ts';
import { quantizeChannels } from '../../../compiler/ops/quantize_channels.ts';
import { quantizeDynamic } from '../../../compiler/ops/quantize_dynamic.ts';
import { normal, random } from '../ops/samples.ts';

/** Values for every rule: ordinary ones, zeros, whole rows of zeros, and the smallest and largest float32. */
const values = fc.oneof(
  { weight: 8, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(1e-45, -1e-45, 1e-38, 3e38, -3e38, 0.5, -0.5) },
);

const matrices = fc
  .record({
    out: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 40 }),
    piece: fc.integer({ min: 1, max: 50 }),
    zeros: fc.boolean(),
    drawn: fc.infiniteStream(values),
  })
  .map(({ out, width, piece, zeros, drawn }) => {
    const data = [...drawn.take(out * width)].map(Math.fround);
    if (zeros) data.fill(0, 0, width);
    return { weight: tensor('f32', [out, width], data), piece };
  });

/** Streams a weight in pieces of any size, although real sources use larger ones. */
const sourceOf = (weight: Tensor, piece: number): WeightSource => ({
  ...{ label: 'test', random: true },
  async *read() {
    for (let at = 0; at < weight.data.length; at += piece)
      yield Float32Array.from(weight.data.slice(at, at + piece));
  },
});

async function streamed(op: Primitive, attrs: Attrs, weight: Tensor, piece: number): Promise<number[][]> {
  const node = { op: op.name, attrs } as unknown as Node;
  const expr = weightExpr(plainWeight('w', weight.shape, { kind: 'constant', value: 0 }));
  const outputs: number[][] = [];
  for (const [i] of op.outs.entries()) {
    const all: number[] = [];
    for await (const part of op.onWeights!([expr], node, i)!(sourceOf(weight, piece))) {
      expect(bytesOf(part).byteLength).toBe(part.length * part.BYTES_PER_ELEMENT);
      all.push(...part);
    }
    outputs.push(all);
  }
  return outputs;
}

const WAYS: readonly (readonly [string, Primitive, Attrs])[] = [
  ['int8 by output', quantizeChannels, {}],
  ['8 bits in blocks', quantizeBlocks, { bits: 8, block: 16 }],
  ['4 bits in blocks', quantizeBlocks, { bits: 4, block: 32 }],
];

test.each(WAYS)('%s: streamed bits equal those of the reference', async (_, op, attrs) => {
  await fc.assert(
    fc.asyncProperty(matrices, async ({ weight, piece }) => {
      const want = op.ref!([weight], attrs, Number, PLAIN).map((t) => [...t.data]);
      expect(await streamed(op, attrs, weight, piece)).toEqual(want);
    }),
    { numRuns: 150 },
  );
});

describe('the weights that the integers represent', () => {
  test('by output: each weight is within half a step, and the largest is 63 steps', () => {
    fc.assert(
      fc.property(matrices, ({ weight }) => {
        const [q, scale] = quantizeChannels.ref!([weight], {}, Number, PLAIN) as readonly [Tensor, Tensor];
        const [out, width] = weight.shape as readonly [number, number];
        for (let o = 0; o < out; o++) {
          const row = [...weight.data.slice(o * width, (o + 1) * width)];
          const most = Math.max(...row.map(Math.abs));
          const step = scale.data[o]!;
          expect(Number.isFinite(step) && step > 0).toBe(true);
          if (most > 1e-30) expect(step / (most / 63)).toBeCloseTo(1, 6);
          row.forEach((w, i) => {
            const value = q.data[i * out + o]!;
            expect(Math.abs(value)).toBeLessThanOrEqual(63);
            expect(Math.abs(value * step - w)).toBeLessThanOrEqual(0.5000001 * step);
          });
        }
      }),
    );
  });

  test.each([8, 4])(
    'in blocks of %i bits: each weight is within half a step, or within one step at the opposite end',
    (bits) => {
      const [block, half] = [16, 2 ** (bits - 1)];
      fc.assert(
        fc.property(matrices, ({ weight }) => {
          const [q, scale] = quantizeBlocks.ref!([weight], { bits, block }, Number, PLAIN) as readonly [
            Tensor,
            Tensor,
          ];
          const [out, width] = weight.shape as readonly [number, number];
          const count = Math.ceil(width / block);
          expect([q.shape, scale.shape]).toEqual([
            [out, count, (block * bits) / 8],
            [out, count],
          ]);
          const stored = (o: number, i: number): number => {
            const at = o * count * block + i;
            const byte = q.data[bits === 8 ? at : at >> 1]!;
            return (bits === 8 ? byte : at % 2 === 0 ? byte % 16 : byte >> 4) - half;
          };
          for (let o = 0; o < out; o++) {
            for (let i = 0; i < count * block; i++) {
              const step = scale.data[o * count + Math.floor(i / block)]!;
              const w = i < width ? weight.data[o * width + i]! : 0;
              // The end opposite to the block's extreme value has one step less.
              const allowed = stored(o, i) === half - 1 ? 1.0000001 : 0.5000001;
              expect(Math.abs(stored(o, i) * step - w)).toBeLessThanOrEqual(allowed * Math.abs(step));
            }
          }
        }),
      );
    },
  );

  test('halves round to the even step', () => {
    const row = tensor('f32', [1, 6], [63, 0.5, 1.5, 2.5, -0.5, -1.5]);
    expect([...quantizeChannels.ref!([row], {}, Number, PLAIN)[0]!.data]).toEqual([63, 0, 2, 2, 0, -2]);
  });

  test('activations: zero is exact, and the ends of the range are used', () => {
    const x = tensor('f32', [1, 4], [-1, 0, 0.5, 3]);
    const [q, scale, zero] = quantizeDynamic.ref!([x], {}, Number, PLAIN) as readonly [
      Tensor,
      Tensor,
      Tensor,
    ];
    expect(scale.data[0]).toBe(Math.fround(4 / 255));
    expect([...q.data]).toEqual([0, zero.data[0], 96, 255]);
  });
});

test('4 bits of a normal weight: the error is at most that of the formula', () => {
  const next = random(5);
  const weight = tensor(
    'f32',
    [64, 256],
    Array.from({ length: 64 * 256 }, () => Math.fround(normal(next))),
  );
  const attrs = { bits: 4, block: 64 };
  const [q, scale] = quantizeBlocks.ref!([weight], attrs, Number, PLAIN) as readonly [Tensor, Tensor];
  let [sum, most] = [0, 0];
  weight.data.forEach((w, i) => {
    const byte = q.data[i >> 1]!;
    const step = scale.data[Math.floor(i / 64)]!;
    const error = ((i % 2 === 0 ? byte % 16 : byte >> 4) - 8) * step - w;
    sum += error ** 2;
    most = Math.max(most, Math.abs(step));
  });
  // A uniform error of one step has the deviation step / √12. The largest of 64 normal numbers is about 2.4.
  expect(Math.sqrt(sum / weight.data.length)).toBeLessThan((1.2 * 2.5) / 8 / Math.sqrt(12));
  expect(most).toBeLessThan(5 / 8);
});
