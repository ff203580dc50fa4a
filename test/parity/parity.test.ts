/**
 * The whole compiler against the oracle: what ONNX Runtime computes from the artifact equals plain float64 loops
 * that were written from the papers, for random systems, lengths, masks and ties.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { TARGETS } from '../../passes/index.ts';
import { effort } from '../effort.ts';
import {
  denseOrigins,
  type Encoded,
  encode,
  forward,
  greedy,
  type OracleConfig,
  type OracleWeights,
} from '../oracle/model.ts';
import { randomWeights as drawnWeights } from '../oracle/weights.ts';
import { sessionFor, type Variant } from './sessions.ts';
import { anySystem, batchOf, type Document, gentleScorers, nudged, someDocuments } from './systems.ts';

/** Rows [i, from … to) of item `row` of a batch. */
function rowsOf(t: Tensor, row: number): number[][] {
  const [, rows, width] = t.shape as readonly [number, number, number];
  return Array.from({ length: rows }, (_, i) => {
    const start = (row * rows + i) * width;
    return Array.from(t.data.subarray(start, start + width));
  });
}

function largestDifference(a: readonly number[][], b: readonly number[][]): number {
  expect(a.map((row) => row.length)).toEqual(b.map((row) => row.length));
  return Math.max(0, ...a.flatMap((row, i) => row.map((v, j) => Math.abs(v - b[i]![j]!))));
}

const TOLERANCE = 1e-4;

const randomWeights = (config: OracleConfig, seed: number): OracleWeights =>
  gentleScorers(drawnWeights(config, seed));

/** The document as the model reads it: its tokens, without the padding between or before them. */
function compact({ ids, mask }: Document): Document & { readonly places: readonly number[] } {
  const places = ids.map((_, i) => i).filter((i) => mask[i] === 1);
  return { ids: places.map((i) => ids[i]!), mask: places.map(() => 1), places };
}

/** Whether two scores differ so little that float32 may swap them. Equal rows give equal scores in any arithmetic. */
function close(scores: readonly number[]): boolean {
  const sorted = [...scores].sort((a, b) => a - b);
  return sorted.slice(1).some((v, i) => v - sorted[i]! > 1e-12 && v - sorted[i]! < 5e-7);
}

/** Whether the result does not depend on rounding, which may decide which of two nearly equal scores is larger. */
function decided(config: OracleConfig, weights: OracleWeights, document: Document): boolean {
  const { ids, mask } = compact(document);
  const [a, b] = [weights, nudged(weights)].map((w) => encode(config, w, ids, mask)) as [Encoded, Encoded];
  if (a.scores.some(close) || largestDifference(a.memory, b.memory) > TOLERANCE) return false;
  const origins = (e: Encoded): number[][] => denseOrigins(e.origins, Math.max(ids.length, 64));
  return largestDifference(origins(a), origins(b)) < TOLERANCE;
}
const variants: fc.Arbitrary<Variant> = fc.record({
  passes: fc.constantFrom('none' as const, 'default' as const),
  inline: fc.boolean(),
  target: fc.constantFrom(...TARGETS),
});
const cases = fc.record({ config: anySystem, seed: fc.integer({ min: 1, max: 1e6 }), variant: variants });

function expectMemory(
  out: Record<string, Tensor>,
  row: number,
  config: OracleConfig,
  weights: OracleWeights,
  d: Document,
) {
  const { ids, mask, places } = compact(d);
  const want = encode(config, weights, ids, mask);
  const got = rowsOf(out.memory!, row);
  const real = got.map((_, slot) => out.memory_mask!.data[row * got.length + slot] === 1);
  const keep = <T>(all: readonly T[], mask: readonly boolean[]): T[] => all.filter((_, i) => mask[i]);
  expect(real.filter(Boolean).length).toBe(want.mask.filter(Boolean).length);
  expect(largestDifference(keep(got, real), keep(want.memory, want.mask))).toBeLessThan(TOLERANCE);
  // Without positions, a repeated word gives rows that differ only by rounding. Then either row may be
  // chosen, so only the chosen values are compared.
  if (config.encoder.positions === 'none' && new Set(d.ids).size < d.ids.length) return;
  const index = rowsOf(out.origin_index!, row);
  const weight = rowsOf(out.origin_weight!, row);
  const n = Math.max(d.ids.length, ...index.flat().map((i) => i + 1));
  const origins = index.map((i, slot) => ({ index: i, weight: weight[slot]! }));
  const dense = denseOrigins(keep(origins, real), n);
  const own = want.origins.map((o) => ({ ...o, index: o.index.map((i) => places[i]!) }));
  const expected = denseOrigins(keep(own, want.mask), n);
  expect(largestDifference(dense, expected)).toBeLessThan(TOLERANCE);
}

describe('the artifact equals the oracle', () => {
  test('encode: memory, mask and origins', async () => {
    await fc.assert(
      fc.asyncProperty(cases, someDocuments(32), async ({ config, seed, variant }, documents) => {
        const weights = randomWeights(config, seed);
        const longest = config.encoder.layers[0]!.consumes;
        const cut = documents.map(({ ids, mask }) => ({
          ids: ids.slice(0, longest),
          mask: mask.slice(0, longest),
        }));
        fc.pre(cut.every((d) => decided(config, weights, d)));
        const run = await sessionFor(config, weights, 'encode', variant);
        const out = await run(batchOf(cut));
        cut.forEach((d, row) => void expectMemory(out, row, config, weights, d));
      }),
      { numRuns: effort(20, 60) },
    );
  });

  test('encode --compat paper: full length, no masks, rank order', async () => {
    const paper = anySystem.map((config): OracleConfig => {
      const layers = config.encoder.layers.map((layer) =>
        layer.pool ? { ...layer, pool: { ...layer.pool, order: 'score' as const } } : layer,
      );
      return { ...config, compat: 'paper', encoder: { ...config.encoder, layers } };
    });
    await fc.assert(
      fc.asyncProperty(
        paper,
        fc.integer({ min: 1, max: 1e6 }),
        someDocuments(16),
        async (config, seed, documents) => {
          const weights = randomWeights(config, seed);
          const whole = documents.map((d) => ({ ids: d.ids, mask: d.ids.map(() => 1) }));
          fc.pre(whole.every((d) => decided(config, weights, d)));
          const run = await sessionFor(config, weights, 'encode', { passes: 'default', inline: false });
          const out = await run(batchOf(whole));
          whole.forEach((d, row) => {
            const want = encode(config, weights, d.ids, d.mask);
            expect(largestDifference(rowsOf(out.memory!, row), want.memory)).toBeLessThan(TOLERANCE);
            // Padding takes part here, but it is not a token of the document and has no share in the origins.
            const [index, weight] = [rowsOf(out.origin_index!, row), rowsOf(out.origin_weight!, row)];
            const origins = index.map((i, slot) => ({ index: i, weight: weight[slot]! }));
            const words = (rows: number[][]): number[][] => rows.map((r) => r.slice(0, d.ids.length));
            const most = config.encoder.layers[0]!.consumes;
            const [got, expected] = [denseOrigins(origins, most), denseOrigins(want.origins, most)].map(
              words,
            );
            if (config.encoder.positions === 'none' && new Set(d.ids).size < d.ids.length) return;
            expect(largestDifference(got!, expected!)).toBeLessThan(TOLERANCE);
          });
        },
      ),
      { numRuns: effort(8, 25) },
    );
  });

  test('forward: teacher-forced logits', async () => {
    const targets = fc.array(fc.integer({ min: 2, max: 29 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        cases,
        someDocuments(16),
        targets,
        async ({ config, seed, variant }, documents, target) => {
          const weights = randomWeights(config, seed);
          fc.pre(documents.every((d) => decided(config, weights, d)));
          const run = await sessionFor(config, weights, 'forward', variant);
          const repeated = documents.flatMap(() => target);
          const out = await run({
            ...batchOf(documents),
            decoder_input_ids: tensor('i64', [documents.length, target.length], repeated),
          });
          documents.forEach((d, row) => {
            const { ids, mask } = compact(d);
            const want = forward(config, weights, ids, mask, target);
            expect(largestDifference(rowsOf(out.logits!, row), want)).toBeLessThan(TOLERANCE);
          });
        },
      ),
      { numRuns: effort(12, 40) },
    );
  });

  test('generate: greedy tokens and scores', async () => {
    const limits = fc.record({
      max: fc.integer({ min: 0, max: 6 }),
      min: fc.integer({ min: 0, max: 7 }),
      lengthPenalty: fc.constantFrom(0, 0.5, 1, 2),
    });
    await fc.assert(
      fc.asyncProperty(
        cases,
        someDocuments(16),
        limits,
        async ({ config, seed, variant }, documents, options) => {
          const weights = randomWeights(config, seed);
          fc.pre(documents.every((d) => decided(config, weights, d)));
          const run = await sessionFor(config, weights, 'generate', variant);
          const out = await run({
            ...batchOf(documents),
            max_length: tensor('i64', [], [options.max]),
            min_length: tensor('i64', [], [options.min]),
            length_penalty: tensor('f32', [], [options.lengthPenalty]),
          });
          documents.forEach((d, row) => {
            const { ids, mask } = compact(d);
            const want = greedy(config, weights, ids, mask, options);
            const [got] = rowsOf(out.sequences!, row);
            const padded = [...want.tokens, ...Array(got!.length - want.tokens.length).fill(1)];
            expect(got).toEqual(padded);
            expect(Math.abs(out.scores!.data[row]! - want.score)).toBeLessThan(TOLERANCE);
          });
        },
      ),
      { numRuns: effort(12, 40) },
    );
  });

  test('generate: a negative max_length writes the end and nothing else', async () => {
    const [config] = fc.sample(anySystem, { numRuns: 1, seed: 1 }) as [OracleConfig];
    const weights = randomWeights(config, 1);
    const run = await sessionFor(config, weights, 'generate', { passes: 'default', inline: false });
    const d = { ids: [5, 6, 7], mask: [1, 1, 1] };
    const out = await run({
      ...batchOf([d, d]),
      max_length: tensor('i64', [], [-5]),
      min_length: tensor('i64', [], [0]),
      length_penalty: tensor('f32', [], [1]),
    });
    expect(out.sequences!.shape).toEqual([2, 1, 1]);
    expect(Array.from(out.sequences!.data)).toEqual([2, 2]);
    expect(out.scores!.data.every(Number.isFinite)).toBe(true);
  });

  test('generate equals a greedy search driven by prefill and step, token for token', async () => {
    await fc.assert(
      fc.asyncProperty(cases, someDocuments(16), async ({ config, seed, variant }, documents) => {
        const weights = randomWeights(config, seed);
        const [generate, encodeRun, prefill, step] = await Promise.all(
          (['generate', 'encode', 'prefill', 'step'] as const).map((e) =>
            sessionFor(config, weights, e, variant),
          ),
        );
        const [batch, most] = [documents.length, 5];
        const whole = await generate!({
          ...batchOf(documents),
          max_length: tensor('i64', [], [most]),
          min_length: tensor('i64', [], [0]),
          length_penalty: tensor('f32', [], [1]),
        });
        const read = await encodeRun!(batchOf(documents));
        const cache = await prefill!({ memory: read.memory! });
        const size = config.width / config.heads;
        let own: Record<string, Tensor> = Object.fromEntries(
          Array.from({ length: config.decoder!.layers }, (_, i) => i).flatMap((i) =>
            ['key', 'value'].map((part) => [
              `present.${i}.decoder.${part}`,
              tensor('f32', [batch, config.heads, 0, size], []),
            ]),
          ),
        );
        let token = Array<number>(batch).fill(2);
        const done = Array<boolean>(batch).fill(false);
        const tokens: number[][] = documents.map(() => []);
        for (let s = 0; s <= most && !done.every(Boolean); s++) {
          const past = Object.entries({ ...cache, ...own }).map(([name, t]) => [
            name.replace('present', 'past_key_values'),
            t,
          ]);
          const out = await step!({
            decoder_input_ids: tensor('i64', [batch, 1], token),
            encoder_attention_mask: read.memory_mask!,
            ...Object.fromEntries(past),
          });
          own = Object.fromEntries(Object.entries(out).filter(([name]) => name.startsWith('present')));
          token = rowsOf({ ...out.logits!, shape: [1, batch, config.vocabulary] }, 0).map((logits, row) => {
            if (done[row]) return 1;
            const allowed = logits.map((v, id) => (id === 1 || (s >= most && id !== 2) ? -Infinity : v));
            return allowed.indexOf(Math.max(...allowed));
          });
          token.forEach((id, row) => {
            tokens[row]!.push(id);
            done[row] ||= id === 2;
          });
        }
        tokens.forEach((row, i) => void expect(rowsOf(whole.sequences!, i)[0]).toEqual(row));
      }),
      { numRuns: effort(5, 15) },
    );
  });
});
