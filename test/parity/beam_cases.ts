/**
 * Random small models and searches, and the properties that each must have. The search inside the graph gives the same
 * as an independent search (test/oracle/beam.ts). This file drives the independent search by `encode`, `prefill` and
 * `step`, with rows copied for each beam and caches reordered by parent, as fairseq does it.
 */
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Tensor } from '../../compiler/ir/op.ts';
import { sizeOf, tensor } from '../../compiler/ir/tensors.ts';
import { type BeamOptions, type BeamResult, beamSearch, type NextLogits } from '../oracle/beam.ts';
import { EOS, PAD } from '../oracle/math.ts';
import type { OracleConfig, OracleWeights } from '../oracle/model.ts';
import { randomWeights, uniform } from '../oracle/weights.ts';
import { type Run, sessionFor, type Variant } from './sessions.ts';
import { anySystem, batchOf, type Document, gentleScorers } from './systems.ts';

export interface BeamCase {
  readonly config: OracleConfig;
  readonly seed: number;
  readonly variant: Variant;
  readonly documents: readonly Document[];
  readonly options: BeamOptions;
  readonly returned: number;
  /** How far the logits of the words differ, and how much eos is favoured. */
  readonly spread: number;
  readonly ending: number;
}

export const anyBeamCase: fc.Arbitrary<BeamCase> = fc
  .record({
    system: anySystem,
    words: fc.integer({ min: 1, max: 12 }),
    seed: fc.integer({ min: 1, max: 1e6 }),
    variant: fc.record({
      passes: fc.constantFrom('none' as const, 'default' as const),
      inline: fc.boolean(),
      target: fc.constantFrom('cpu' as const, 'portable' as const, 'webgpu' as const),
    }),
    lengths: fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 3 }),
    beam: fc.integer({ min: 1, max: 8 }),
    max: fc.integer({ min: 0, max: 14 }),
    min: fc.integer({ min: 0, max: 8 }),
    lengthPenalty: fc.constantFrom(0, 0.5, 1, 2),
    noRepeatNgram: fc.constantFrom(0, 0, 1, 2, 3),
    returned: fc.integer({ min: 1, max: 8 }),
    spread: fc.constantFrom(0.3, 1, 3),
    ending: fc.constantFrom(-2, 0, 1, 3),
  })
  .map(({ system, words, lengths, seed, returned, beam, spread, ending, variant, ...options }) => {
    const config = { ...system, vocabulary: 4 + words };
    const next = uniform(seed);
    const documents = lengths.map((length) => {
      const ids = Array.from({ length }, () => 4 + Math.floor(words * next()));
      return { ids, mask: ids.map(() => 1) };
    });
    return {
      config,
      seed,
      variant,
      documents,
      spread,
      ending,
      options: { ...options, beam },
      returned: Math.min(returned, beam),
    };
  });

/** Random weights. `spread` sets how much the logits of words differ, and `ending` how soon texts end. */
export function weightsOf({ config, seed, spread, ending }: BeamCase): OracleWeights {
  const weights = new Map(gentleScorers(randomWeights(config, seed)));
  const last = config.norm === 'pre' ? 'decoder.layer_norm' : 'decoder.layers.1.final_layer_norm';
  const output = config.shareEmbeddings ? 'encoder.embed_tokens.weight' : 'decoder.output_projection.weight';
  const edit = (name: string, change: (data: Float64Array) => void): void => {
    const { shape, data } = weights.get(name)!;
    const copy = Float64Array.from(data);
    change(copy);
    weights.set(name, { shape, data: Float64Array.from(copy, Math.fround) });
  };
  // The last norm adds 2 to the first element, so the first weight of a word adds to its logit like a bias.
  edit(`${last}.bias`, (data) => void data.fill(2, 0, 1));
  edit(output, (data) => {
    for (const [i, v] of data.entries()) data[i] = v * spread;
    data[EOS * config.width] = ending / 2;
  });
  return weights;
}

const limitsOf = (options: BeamOptions): Record<string, Tensor> => ({
  max_length: tensor('i64', [], [options.max]),
  min_length: tensor('i64', [], [options.min]),
  length_penalty: tensor('f32', [], [options.lengthPenalty]),
});

/** Items of a batch, one for each index. */
function itemsOf(t: Tensor, indices: readonly number[]): Tensor {
  const size = sizeOf(t.shape.slice(1));
  const data = indices.flatMap((i) => [...t.data.subarray(i * size, (i + 1) * size)]);
  return tensor(t.dtype, [indices.length, ...t.shape.slice(1)], data);
}

interface Parts {
  readonly encode: Run;
  readonly prefill: Run;
  readonly step: Run;
}

/**
 * Runs the decoder of one document with `step`. The memory is copied for each beam, and caches move with the beams.
 */
async function stepper(
  { prefill, step }: Parts,
  memory: Tensor,
  mask: Tensor,
  { config, options }: BeamCase,
): Promise<NextLogits> {
  const cross = await prefill({ memory });
  const copies = new Array<number>(options.beam).fill(0);
  const past = (out: Record<string, Tensor>, indices: readonly number[]): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(out)
        .filter(([name]) => name.startsWith('present'))
        .map(([name, t]) => [name.replace('present', 'past_key_values'), itemsOf(t, indices)]),
    );
  const encoder = past(cross, copies);
  const seen = itemsOf(mask, copies);
  const none = tensor('f32', [1, config.heads, 0, config.width / config.heads], []);
  let own: Record<string, Tensor> = Object.fromEntries(
    Object.keys(cross).map((name) => [name.replace('encoder', 'decoder'), none]),
  );
  return async (tokens, parents) => {
    const first = Object.values(own)[0] === none;
    const out = await step({
      decoder_input_ids: tensor('i64', [tokens.length, 1], tokens),
      encoder_attention_mask: seen,
      ...encoder,
      ...past(own, first ? copies : parents),
    });
    own = Object.fromEntries(Object.entries(out).filter(([name]) => name.startsWith('present')));
    const width = config.vocabulary;
    return tokens.map((_, row) => [...out.logits!.data.subarray(row * width, (row + 1) * width)]);
  };
}

export interface Expected {
  readonly memory: Tensor;
  readonly results: readonly BeamResult[];
}

/** The results of the independent search for each document. */
export async function expectedOf(one: BeamCase): Promise<readonly BeamResult[]> {
  const weights = weightsOf(one);
  const [encode, prefill, step] = await Promise.all(
    (['encode', 'prefill', 'step'] as const).map((entry) =>
      sessionFor(one.config, weights, entry, { passes: 'default', inline: false }),
    ),
  );
  const read = await encode!(batchOf(one.documents));
  const results: BeamResult[] = [];
  for (const row of one.documents.keys()) {
    const [memory, mask] = [itemsOf(read.memory!, [row]), itemsOf(read.memory_mask!, [row])];
    const parts = { encode: encode!, prefill: prefill!, step: step! };
    results.push(await beamSearch(await stepper(parts, memory, mask, one), one.options));
  }
  return results;
}

export interface Texts {
  readonly sequences: Tensor;
  readonly scores: Tensor;
}

export const searchOf = ({ options, returned }: BeamCase) => ({
  beam: options.beam,
  noRepeatNgram: options.noRepeatNgram,
  returned,
});

/** The texts from a single call of `generate`. */
export async function generated(one: BeamCase): Promise<Record<string, Tensor>> {
  const run = await sessionFor(one.config, weightsOf(one), 'generate', one.variant, searchOf(one));
  return run(feedsOf(one));
}

export const feedsOf = (one: BeamCase): Record<string, Tensor> => ({
  ...batchOf(one.documents),
  ...limitsOf(one.options),
});

/** The texts from `begin` and as many calls of `advance` as needed, each of some iterations. */
export async function streamed(one: BeamCase, rounds: number): Promise<Record<string, Tensor>> {
  const weights = weightsOf(one);
  const [begin, advance] = await Promise.all(
    (['begin', 'advance'] as const).map((e) =>
      sessionFor(one.config, weights, e, one.variant, searchOf(one)),
    ),
  );
  const begun = await begin!(batchOf(one.documents));
  const state = (out: Record<string, Tensor>): Record<string, Tensor> =>
    Object.fromEntries(
      Object.entries(out)
        .filter(([name]) => name.startsWith('present'))
        .map(([name, t]) => [name.replace('present.', 'past_key_values.').replace('present_', 'past_'), t]),
    );
  let carried = { ...state(begun), encoder_attention_mask: begun.memory_mask! };
  for (let calls = 0; ; calls++) {
    const out = await advance!({ ...carried, ...limitsOf(one.options), rounds: tensor('i64', [], [rounds]) });
    const over = out['present_search.missing']!.data.every((v) => v === 0);
    if (over || out.sequences!.shape[2] === one.options.max + 1) return out;
    if (calls > 100) throw new Error('the search does not end');
    carried = { ...carried, ...state(out) };
  }
}

/** Below this distance float32 may order two scores the other way. */
const UNDECIDED = 1e-4;

export const decided = (results: readonly BeamResult[]): boolean =>
  results.every(({ margin }) => margin > UNDECIDED);

/**
 * Expects equal sequences, scores within 1e-4, only padding for missing texts, and no more steps than needed.
 */
export function expectTexts(
  { sequences, scores }: Record<string, Tensor>,
  results: readonly BeamResult[],
  returned: number,
): void {
  const steps = sequences!.shape[2]!;
  expect(sequences!.shape).toEqual([results.length, returned, steps]);
  expect(scores!.shape).toEqual([results.length, returned]);
  expect(steps).toBe(Math.max(...results.map((r) => r.steps)));
  results.forEach(({ hypotheses }, row) => {
    for (let i = 0; i < returned; i++) {
      const at = row * returned + i;
      const got = [...sequences!.data.subarray(at * steps, (at + 1) * steps)];
      const want = hypotheses[i];
      const tokens = want?.tokens ?? [];
      expect(got).toEqual([...tokens, ...new Array<number>(steps - tokens.length).fill(PAD)]);
      if (want) expect(Math.abs(scores!.data[at]! - want.score)).toBeLessThan(1e-4);
      else expect(scores!.data[at]).toBe(Number.NEGATIVE_INFINITY);
    }
  });
}
