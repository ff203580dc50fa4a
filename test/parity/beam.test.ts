/**
 * Beam search in the graph against cases worked out by hand and an independent search. beam.slow.ts runs 200
 * models.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { effort } from '../effort.ts';
import type { BeamOptions } from '../oracle/beam.ts';
import { base } from '../oracle/fixtures.ts';
import { EOS, PAD } from '../oracle/math.ts';
import type { OracleConfig, OracleWeights } from '../oracle/model.ts';
import { randomWeights } from '../oracle/weights.ts';
import {
  anyBeamCase,
  type BeamCase,
  decided,
  expectedOf,
  expectTexts,
  feedsOf,
  generated,
  searchOf,
  streamed,
  weightsOf,
} from './beam_cases.ts';
import { graphFor, sessionFor } from './sessions.ts';

const config: OracleConfig = { ...base, shareEmbeddings: false, vocabulary: 8 };
const [A, B] = [4, 5];

/** Weights that give the same word probabilities at every step, because the last norm outputs only its bias. */
function constantly(probabilities: Readonly<Record<number, number>>): OracleWeights {
  const weights = new Map(randomWeights(config, 30));
  const last = 'decoder.layers.1.final_layer_norm';
  weights.set(`${last}.weight`, { shape: [8], data: new Float64Array(8) });
  weights.set(`${last}.bias`, {
    shape: [8],
    data: Float64Array.from({ length: 8 }, (_, j) => Number(j === 0)),
  });
  const data = new Float64Array(8 * 8);
  for (let id = 0; id < 8; id++) data[id * 8] = Math.log(probabilities[id] ?? 1e-12);
  weights.set('decoder.output_projection.weight', { shape: [8, 8], data: data.map(Math.fround) });
  return weights;
}

const handMade = (options: Partial<BeamOptions>, returned: number): BeamCase => ({
  config,
  seed: 0,
  variant: { passes: 'default', inline: false },
  spread: 1,
  ending: 0,
  returned,
  documents: [{ ids: [4, 5, 6], mask: [1, 1, 1] }],
  options: { beam: 2, max: 5, min: 0, lengthPenalty: 1, noRepeatNgram: 0, ...options },
});

/** Texts and scores as ONNX Runtime finds them, which must agree with the interpreter. */
async function searched(weights: OracleWeights, one: BeamCase) {
  const run = await sessionFor(one.config, weights, 'generate', one.variant, searchOf(one));
  const byOrt = await run(feedsOf(one));
  const graph = graphFor(one.config, 'generate', { passes: 'none' }, searchOf(one));
  const weightOf = ({ name }: { name: string }): Tensor => {
    const { shape, data } = weights.get(name)!;
    return tensor('f32', shape, data);
  };
  const meant = interpret(graph, feedsOf(one), weightOf, OPS);
  expect(meant.sequences).toEqual(byOrt.sequences);
  meant.scores!.data.forEach((v, i) => {
    if (v !== byOrt.scores!.data[i]) expect(byOrt.scores!.data[i]).toBeCloseTo(v, 4);
  });
  const [, texts, steps] = byOrt.sequences!.shape as readonly [number, number, number];
  return Array.from({ length: texts }, (_, i) => ({
    tokens: [...byOrt.sequences!.data.subarray(i * steps, (i + 1) * steps)],
    score: byOrt.scores!.data[i]!,
  }));
}

describe('cases worked out by hand', () => {
  test('an end below the first W candidates neither gives a text nor continues (5.2 3e); max ends both beams', async () => {
    // Step 0: a .5, b .3, end .2 (third). Step 1: aa .25, ab .15, ba .15, a-end .1 (fourth). And so on.
    const found = await searched(constantly({ [A]: 0.5, [B]: 0.3, [EOS]: 0.2 }), handMade({ max: 3 }, 2));
    expect(found[0]!.tokens).toEqual([A, A, A, EOS]);
    expect(found[0]!.score).toBeCloseTo(Math.log(0.5 ** 3 * 0.2) / 4, 5);
    expect(found[1]!.tokens.toSorted()).toEqual([EOS, A, A, B]);
    expect(found[1]!.score).toBeCloseTo(Math.log(0.5 ** 2 * 0.3 * 0.2) / 4, 5);
  });

  const eager = constantly({ [EOS]: 0.6, [A]: 0.3, [B]: 0.1 });
  test('stops when there are W texts, even if max is far away', async () => {
    // Step 0: end .6 is first. Step 1: a-end .18 is first. Two texts, two steps.
    const found = await searched(eager, handMade({ max: 30 }, 2));
    expect(found.map(({ tokens }) => tokens)).toEqual([
      [EOS, PAD],
      [A, EOS],
    ]);
    expect(found[0]!.score).toBeCloseTo(Math.log(0.6), 5);
    expect(found[1]!.score).toBeCloseTo(Math.log(0.18) / 2, 5);
  });

  test('the length penalty orders the texts (C33), and the n best come first', async () => {
    const found = await searched(eager, handMade({ max: 30, lengthPenalty: 3 }, 2));
    expect(found.map(({ tokens }) => tokens)).toEqual([
      [A, EOS],
      [EOS, PAD],
    ]);
    expect(found[0]!.score).toBeCloseTo(Math.log(0.18) / 8, 5);
    const [only, ...others] = await searched(eager, handMade({ max: 30, lengthPenalty: 3 }, 1));
    expect([only!.tokens, others]).toEqual([[A, EOS], []]);
  });

  test('a text does not end before min words, and has at most max words (C34)', async () => {
    const found = await searched(eager, handMade({ min: 3, max: 4 }, 2));
    for (const { tokens } of found) {
      expect(tokens.indexOf(EOS)).toBeGreaterThanOrEqual(3);
      expect(tokens.indexOf(EOS)).toBeLessThanOrEqual(4);
    }
    expect((await searched(eager, handMade({ max: 0 }, 2))).map(({ tokens }) => tokens)).toEqual([
      [EOS],
      [PAD],
    ]);
  });

  test('equal candidates are ordered by beam, then by word, and the end counts as a word', async () => {
    const after = constantly({ [EOS]: 0.25, [A]: 0.25, [B]: 0.25 });
    const texts = async (weights: OracleWeights, options: Partial<BeamOptions>) =>
      (await searched(weights, handMade(options, options.beam ?? 2))).map(({ tokens }) => tokens);
    expect(await texts(after, { beam: 1, max: 6 })).toEqual([[EOS]]);
    expect(await texts(after, { beam: 2, max: 6 })).toEqual([
      [EOS, PAD],
      [A, EOS],
    ]);
    // Word 0 is ordered before the end. So a single beam ends only at max, but the second of two beams ends at once.
    const before = constantly({ 0: 0.25, [EOS]: 0.25, [A]: 0.1 });
    expect(await texts(before, { beam: 1, max: 3 })).toEqual([[0, 0, 0, EOS]]);
    const [first] = await texts(before, { beam: 2, max: 6 });
    expect(first!.slice(0, 2)).toEqual([EOS, PAD]);
  });

  test('no n-gram repeats, and there is no text if no word is left', async () => {
    const flat = constantly({ [A]: 0.5, [B]: 0.3, [EOS]: 0.1, 0: 0.05, 3: 0.03, 6: 0.01, 7: 0.01 });
    const [pairs] = await searched(flat, handMade({ beam: 1, noRepeatNgram: 2, min: 5 }, 1));
    // Each pair may occur once. The third `a` can be followed by neither `a` nor `b`, so 0 comes next.
    expect(pairs!.tokens).toEqual([A, A, B, A, 0, EOS]);
    const [words] = await searched(flat, handMade({ beam: 1, noRepeatNgram: 1, min: 5 }, 1));
    expect(words!.tokens).toEqual([A, B, 0, 3, 6, EOS]);
    const none = await searched(flat, handMade({ noRepeatNgram: 1, min: 9, max: 9 }, 2));
    expect(none.every(({ tokens }) => tokens.every((id) => id === PAD))).toBe(true);
    expect(none.map(({ score }) => score)).toEqual([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  test.each([1, 3])('NaN logits end the search of %i beams without a text', async (beam) => {
    const weights = new Map(constantly({ [A]: 1 }));
    const { shape, data } = weights.get('decoder.output_projection.weight')!;
    weights.set('decoder.output_projection.weight', { shape, data: data.map(() => Number.NaN) });
    const found = await searched(weights, handMade({ beam, max: 3 }, beam));
    expect(found).toHaveLength(beam);
    for (const { tokens, score } of found) {
      expect(tokens).toEqual([PAD, PAD, PAD, PAD]);
      expect(score).toBe(Number.NEGATIVE_INFINITY);
    }
  });
});

describe('the search in the graph equals one driven by step', () => {
  test('token for token, score to 1e-4', async () => {
    await fc.assert(
      fc.asyncProperty(anyBeamCase, async (one) => {
        const results = await expectedOf(one);
        fc.pre(decided(results));
        expectTexts(await generated(one), results, one.returned);
      }),
      { numRuns: effort(6, 12) },
    );
  });

  test('also if it is begun, and then advanced by a few iterations at a time', async () => {
    await fc.assert(
      fc.asyncProperty(anyBeamCase, fc.integer({ min: 1, max: 5 }), async (one, rounds) => {
        const results = await expectedOf(one);
        fc.pre(decided(results));
        expectTexts(await streamed(one, rounds), results, one.returned);
      }),
      { numRuns: effort(2, 4) },
    );
  });

  test('also in the reference interpreter', async () => {
    const small = anyBeamCase.filter(({ options }) => options.beam < 4 && options.max < 5);
    await fc.assert(
      fc.asyncProperty(small, async (one) => {
        const results = await expectedOf(one);
        fc.pre(decided(results));
        const weights = weightsOf(one);
        const graph = graphFor(one.config, 'generate', one.variant, searchOf(one));
        const out = interpret(
          graph,
          feedsOf(one),
          ({ name, shape }) => tensor('f32', shape, weights.get(name)!.data),
          OPS,
        );
        expectTexts(out, results, one.returned);
      }),
      { numRuns: effort(2, 4) },
    );
  });
});
