/**
 * A document has the same memory alone and beside a longer one in a padded batch, at the lengths where blocks and
 * poolings begin and end. The model is narrow, with the schedule and the blocks of DeepPyramidion.
 */
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { emit, encodeSingleFile } from '../../compiler/emit/index.ts';
import { lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PIPELINES } from '../../passes/index.ts';
import { runPasses } from '../../passes/run.ts';
import { randomWeights } from '../../pipeline/weights/random.ts';
import { fromOrt, toOrt } from '../compiler/emit/onnx.ts';
import type { OracleConfig } from '../oracle/model.ts';
import { uniform } from '../oracle/weights.ts';
import { batchOf, type Document, specOf } from './systems.ts';

const pool = { kind: 'soft_topk', base: 20, order: 'position', pair: 'best_worst' } as const;
const attention = { kind: 'block', size: 512 } as const;

const deepPyramidion: OracleConfig = {
  vocabulary: 300,
  width: 16,
  heads: 2,
  ffn: 32,
  activation: 'relu',
  norm: 'post',
  encoder: {
    positions: 'sinusoidal',
    layers: [
      { consumes: 8192, emits: 8192, attention },
      { consumes: 8192, emits: 2048, attention, pool },
      { consumes: 2048, emits: 512, attention, pool },
      ...Array.from({ length: 3 }, () => ({ consumes: 512, emits: 512, attention })),
    ],
  },
  shareEmbeddings: true,
};

let session: InferenceSession;

beforeAll(async () => {
  const lowered = lower(specOf(deepPyramidion), { entry: 'encode' });
  const run = runPasses(lowered.value!, PIPELINES.default, { ops: OPS, target: 'cpu' });
  const emitted = emit(run.value!.graph, { ops: OPS, metadata: {}, version: 'test' });
  session = await InferenceSession.create(await encodeSingleFile(emitted, randomWeights(7)));
});

afterAll(() => session.release());

function documentOf(length: number): Document {
  const next = uniform(length);
  return { ids: Array.from({ length }, () => 4 + Math.floor(296 * next())), mask: Array(length).fill(1) };
}

/** For each item of a batch, the rows of its memory that its mask keeps. */
async function memoriesOf(documents: readonly Document[]): Promise<number[][][]> {
  const feeds = Object.fromEntries(Object.entries(batchOf(documents)).map(([name, t]) => [name, toOrt(t)]));
  const out = await session.run(feeds);
  const [memory, mask] = [fromOrt(out.memory!), fromOrt(out.memory_mask!)];
  const [, slots, width] = memory.shape as readonly [number, number, number];
  return documents.map((_, row) => {
    const rows = Array.from({ length: slots }, (_, i) => row * slots + i).filter((at) => mask.data[at] === 1);
    return rows.map((at) => Array.from(memory.data.subarray(at * width, (at + 1) * width)));
  });
}

const memoryOf = async (documents: readonly Document[], row: number): Promise<number[][]> =>
  (await memoriesOf(documents))[row]!;

const companion = documentOf(6000);

for (const length of [1, 7, 511, 512, 513, 5000]) {
  test(`${length} tokens alone and beside 6000`, async () => {
    const own = documentOf(length);
    const alone = await memoryOf([own], 0);
    const beside = await memoryOf([companion, own], 1);
    expect(alone.length).toBe(Math.min(length, 512));
    expect(beside.length).toBe(alone.length);
    const difference = alone.flatMap((r, i) => r.map((v, j) => Math.abs(v - beside[i]![j]!)));
    expect(Math.max(...difference)).toBeLessThan(1e-5);
  });
}

test('eight unequal documents, of which the first is empty', async () => {
  const lengths = [0, 6000, 1, 511, 512, 513, 2500, 5120];
  const documents = lengths.map((n) => (n === 6000 ? companion : documentOf(n)));
  const together = await memoriesOf(documents);
  for (const [row, own] of documents.entries()) {
    const alone = await memoryOf([own], 0);
    expect(alone.length).toBe(Math.min(own.ids.length, 512));
    expect(together[row]!.length).toBe(alone.length);
    const difference = alone.flatMap((r, i) => r.map((v, j) => Math.abs(v - together[row]![i]![j]!)));
    expect(Math.max(0, ...difference)).toBeLessThan(1e-5);
  }
});

test('padding on the left or in the middle changes nothing either', async () => {
  const own = documentOf(700);
  const alone = await memoryOf([own], 0);
  const spread = (at: number): Document => ({
    ids: [...own.ids.slice(0, at), ...Array(900).fill(9), ...own.ids.slice(at)],
    mask: [...own.mask.slice(0, at), ...Array(900).fill(0), ...own.mask.slice(at)],
  });
  for (const at of [0, 350]) {
    const padded = await memoryOf([spread(at)], 0);
    const difference = alone.flatMap((r, i) => r.map((v, j) => Math.abs(v - padded[i]![j]!)));
    expect(Math.max(...difference)).toBeLessThan(1e-5);
  }
});

test('a document of only padding, and one without tokens, give finite numbers', async () => {
  const nothing: Document = { ids: Array(600).fill(9), mask: Array(600).fill(0) };
  expect(await memoryOf([nothing], 0)).toEqual([]);
  const feeds = Object.fromEntries(
    Object.entries(batchOf([nothing, documentOf(600)])).map(([name, t]) => [name, toOrt(t)]),
  );
  const { memory } = await session.run(feeds);
  expect((memory!.data as Float32Array).every(Number.isFinite)).toBe(true);
  expect(await memoryOf([documentOf(0)], 0)).toEqual([]);
});
