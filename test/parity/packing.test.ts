/**
 * A batch of unequal documents is packed into its real blocks. Each document has the memory that it has alone, and
 * the work is the sum of the lengths. This runs in float64, where a document gives equal numbers alone and in a
 * batch.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Op, Tensor } from '../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../compiler/ir/tensors.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { linear } from '../../compiler/ops/linear.ts';
import { denseOrigins, type OracleConfig, type OracleWeights } from '../oracle/model.ts';
import { randomWeights } from '../oracle/weights.ts';
import { anySystem, batchOf, type Document, specOf } from './systems.ts';

const graphOf = (config: OracleConfig): Graph => lower(specOf(config), { entry: 'encode' }).value!;

const run = (
  graph: Graph,
  weights: OracleWeights,
  documents: readonly Document[],
  ops: Readonly<Record<string, Op>> = OPS,
): Record<string, Tensor> =>
  interpret(
    graph,
    batchOf(documents),
    ({ name, shape }) => tensor('f32', shape, weights.get(name)!.data),
    ops,
  );

/** The memory rows of item `row` that its mask keeps. Each is followed by the share of each token in this row. */
function slotsOf(out: Record<string, Tensor>, row: number, tokens: number): number[][] {
  const slots = out.memory!.shape[1]!;
  const rowsOf = ({ shape, data }: Tensor, slot: number): number[] => {
    const start = (row * slots + slot) * shape[2]!;
    return [...data.subarray(start, start + shape[2]!)];
  };
  const real = Array.from({ length: slots }, (_, slot) => slot).filter(
    (slot) => out.memory_mask!.data[row * slots + slot] === 1,
  );
  return real.map((slot) => {
    const origin = { index: rowsOf(out.origin_index!, slot), weight: rowsOf(out.origin_weight!, slot) };
    return [...rowsOf(out.memory!, slot), ...denseOrigins([origin], tokens)[0]!];
  });
}

const difference = (a: readonly number[][], b: readonly number[][]): number => {
  expect(a.length).toBe(b.length);
  return Math.max(0, ...a.flatMap((row, i) => row.map((v, j) => Math.abs(v - b[i]![j]!))));
};

/** Lengths at which blocks end, no tokens at all, and any lengths in between. */
const lengths = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 16 }),
  fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -1, max: 1 })).map(([n, off]) => 4 * n + off),
);

/** Documents of these lengths, with padding before, between or behind their tokens. */
const documents: fc.Arbitrary<Document[]> = fc.array(
  fc
    .record({
      tokens: lengths.chain((n) => fc.array(fc.integer({ min: 4, max: 29 }), { minLength: n, maxLength: n })),
      gaps: fc.array(fc.nat(100), { maxLength: 5 }),
    })
    .map(({ tokens, gaps }) => {
      const mask = tokens.map(() => 1);
      const ids = [...tokens];
      for (const gap of gaps.slice(0, 16 - tokens.length)) {
        const at = gap % (ids.length + 1);
        ids.splice(at, 0, 9);
        mask.splice(at, 0, 0);
      }
      return { ids, mask };
    }),
  { minLength: 2, maxLength: 4 },
);

test('each document of an unequal batch has the memory that it has alone', () => {
  fc.assert(
    fc.property(anySystem, fc.integer({ min: 1, max: 1e6 }), documents, (config, seed, batch) => {
      const [graph, weights] = [graphOf(config), randomWeights(config, seed)];
      const together = run(graph, weights, batch);
      expect(together.memory!.data.every(Number.isFinite)).toBe(true);
      batch.forEach((one, row) => {
        const alone = run(graph, weights, [one]);
        const [own, beside] = [slotsOf(alone, 0, 32), slotsOf(together, row, 32)];
        expect(difference(own, beside)).toBeLessThan(1e-12);
      });
    }),
    { numRuns: 30 },
  );
});

test('linears run on whole blocks of tokens and on nothing else', () => {
  const blocks = { kind: 'block', size: 4 } as const;
  const pooled = fc
    .record({
      system: anySystem,
      kept: fc.constantFrom<readonly number[]>([32, 12, 4], [32, 8, 8], [16, 4, 2]),
    })
    .map(({ system, kept: [n, k, last] }): OracleConfig => {
      const pool = { kind: 'soft_topk', base: 20, order: 'position', pair: 'best_worst' } as const;
      const layers = [
        { consumes: n!, emits: n!, attention: blocks },
        { consumes: n!, emits: k!, attention: blocks, pool },
        { consumes: k!, emits: last!, attention: blocks, ...(last! < k! && { pool }) },
      ];
      return { ...system, encoder: { ...system.encoder, layers } };
    });
  fc.assert(
    fc.property(pooled, documents, (config, batch) => {
      const rows: number[] = [];
      const counting: Op = {
        ...linear,
        ref: (ins, attrs, dim, m) => {
          rows.push(sizeOf(ins[0]!.shape.slice(0, -1)));
          return linear.ref!(ins, attrs, dim, m);
        },
      };
      run(graphOf(config), randomWeights(config, 1), batch, { ...OPS, linear: counting });
      const expected = config.encoder.layers.flatMap(({ consumes, pool }) => {
        const tokens = batch.map(({ mask }) => Math.min(consumes, mask.filter(Boolean).length));
        const block = Math.min(4, consumes, Math.max(1, ...batch.map(({ ids }) => ids.length)));
        // The very first block is computed even if the first document is empty.
        const ran = tokens.map((n, i) => Math.max(Math.ceil(n / block), i === 0 ? 1 : 0) * block);
        const sum = ran.reduce((a, b) => a + b);
        return Array<number>(pool ? 7 : 6).fill(sum);
      });
      expect(rows).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});
