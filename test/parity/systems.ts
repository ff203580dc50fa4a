/** Converts the oracle's terms to the compiler's: specs, weights and batches for the parity tests. */
import fc from 'fast-check';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import type { WeightSource } from '../../compiler/ir/weights.ts';
import type { KindSpec, ModelSpec } from '../../dsl/spec.ts';
import type { OracleConfig, OracleEncoderLayer, OraclePool, OracleWeights } from '../oracle/model.ts';

const span = { start: 0, end: 0 };
const kind = (name: string, args: KindSpec['args'] = {}): KindSpec => ({ kind: name, args, span });

export function specOf(config: OracleConfig): ModelSpec {
  const layers = config.encoder.layers.map((layer) => {
    const { kind: pooling, ...options } = layer.pool ?? { kind: '' };
    const { kind: attention, ...size } = layer.attention;
    return {
      consumes: layer.consumes,
      emits: layer.emits,
      attention: kind(attention, size),
      span,
      ...(layer.pool &&
        layer.emits < layer.consumes && { pool: { ...kind(pooling, options), scorer: kind('linear') } }),
    };
  });
  return {
    name: 'System',
    span,
    vocabulary: config.vocabulary,
    width: config.width,
    heads: config.heads,
    ffn: { ...kind('dense'), width: config.ffn, activation: kind(config.activation) },
    norm: { ...kind('layer'), place: config.norm },
    dropout: 0.1,
    encoder: {
      positions: kind(config.encoder.positions),
      layers,
      length: layers[0]!.consumes,
      memory: layers.at(-1)!.emits,
    },
    ...(config.decoder && {
      decoder: {
        positions: kind(config.decoder.positions),
        attention: kind('full'),
        crossAttention: kind('full'),
        layers: config.decoder.layers,
        target: 32,
      },
      head: kind('vocabulary'),
    }),
    shareEmbeddings: config.shareEmbeddings,
  };
}

export const sourceOf = (weights: OracleWeights): WeightSource => ({
  label: 'the oracle',
  random: true,
  async *read({ name, shape }) {
    const found = weights.get(name);
    if (!found) throw new Error(`the oracle has no ${name}`);
    if (String(found.shape) !== String(shape))
      throw new Error(`${name} is [${found.shape}], requested as [${shape}]`);
    yield Float32Array.from(found.data);
  },
});

/**
 * The weights, changed by about a float32 rounding. Selection is discontinuous: where two scores are closer than that,
 * either choice is right, and the case shows nothing about the compiler.
 */
export function nudged(weights: OracleWeights): OracleWeights {
  let sign = 1;
  const nudge = (v: number): number => {
    sign = -sign;
    return v * (1 + sign * 2e-6);
  };
  return new Map(
    [...weights].map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data, nudge) }]),
  );
}

/** The weights with scorers so weak that sigmoid(logit) keeps scores distinct in float32. */
export function gentleScorers(weights: OracleWeights): OracleWeights {
  const gentle = (name: string, v: number): number => (name.includes('scorer') ? Math.fround(v / 8) : v);
  return new Map(
    [...weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: Float64Array.from(data, (v) => gentle(name, v)) },
    ]),
  );
}

export interface Document {
  readonly ids: number[];
  readonly mask: number[];
}

/** Documents of unequal length as one batch, padded on the right with ids that must have no influence. */
export function batchOf(documents: readonly Document[]): { input_ids: Tensor; attention_mask: Tensor } {
  const width = Math.max(...documents.map((d) => d.ids.length));
  const rows = (of: (d: Document, at: number) => number): number[] =>
    documents.flatMap((d) => Array.from({ length: width }, (_, at) => of(d, at)));
  const shape = [documents.length, width];
  return {
    input_ids: tensor(
      'i64',
      shape,
      rows((d, at) => d.ids[at] ?? 7),
    ),
    attention_mask: tensor(
      'i64',
      shape,
      rows((d, at) => d.mask[at] ?? 0),
    ),
  };
}

const pools: fc.Arbitrary<OraclePool> = fc.oneof(
  fc.record({
    kind: fc.constant('soft_topk' as const),
    base: fc.constantFrom(2, 20),
    order: fc.constantFrom('position' as const, 'score' as const),
    pair: fc.constantFrom('best_worst' as const, 'shifted' as const),
  }),
  fc.record({
    kind: fc.constant('hard_topk' as const),
    order: fc.constantFrom('position' as const, 'score' as const),
  }),
);

/** Schedules for blocks of 4, which replace blocks that do not fit. Some have several poolings, and some none. */
const SCHEDULES: readonly (readonly number[])[] = [
  [32, 32],
  [32, 8],
  [32, 12, 4],
  [16, 16, 8, 8, 3],
  [24, 20, 2],
];

/** Sizes of blocks, some as long as a document or longer; 0 is full attention. */
const BLOCKS = [0, 1, 3, 4, 4, 8, 40];

/** The layers of a schedule, whose last number is the length that the decoder gets. */
function layersOf(
  schedule: readonly number[],
  blocks: readonly number[],
  pool: OraclePool,
): OracleEncoderLayer[] {
  return schedule.slice(0, -1).map((consumes, i) => {
    const emits = schedule[i + 1]!;
    const fits = consumes <= blocks[i]! || consumes % blocks[i]! === 0;
    const block = { kind: 'block', size: fits ? blocks[i]! : 4 } as const;
    const attention = blocks[i] === 0 ? ({ kind: 'full' } as const) : block;
    return { consumes, emits, attention, ...(emits < consumes && { pool }) };
  });
}

/** Small systems with every kind that the language has. */
export const anySystem: fc.Arbitrary<OracleConfig> = fc
  .record({
    schedule: fc.constantFrom(...SCHEDULES),
    blocks: fc.array(fc.constantFrom(...BLOCKS), { minLength: 5, maxLength: 5 }),
    pool: pools,
    activation: fc.constantFrom('relu' as const, 'gelu' as const),
    norm: fc.constantFrom('post' as const, 'pre' as const),
    positions: fc.constantFrom('sinusoidal' as const, 'none' as const),
    decoderPositions: fc.constantFrom('sinusoidal' as const, 'none' as const),
    shareEmbeddings: fc.boolean(),
  })
  .map(({ schedule, blocks, pool, activation, norm, positions, decoderPositions, shareEmbeddings }) => ({
    vocabulary: 30,
    width: 8,
    heads: 2,
    ffn: 12,
    activation,
    norm,
    encoder: { positions, layers: layersOf(schedule, blocks, pool) },
    decoder: { positions: decoderPositions, layers: 2 },
    shareEmbeddings,
  }));

/** One to three documents, some with holes in their masks, some of one word repeated (ties). */
export const someDocuments = (most: number): fc.Arbitrary<Document[]> =>
  fc.array(
    fc
      .record({
        length: fc.integer({ min: 1, max: most }),
        word: fc.option(fc.integer({ min: 4, max: 29 })),
        ids: fc.infiniteStream(fc.integer({ min: 4, max: 29 })),
        holes: fc.boolean(),
        seen: fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      })
      .map(({ length, word, ids, holes, seen }) => {
        const [words, drawn] = [[...ids.take(length)], [...seen.take(length)]];
        const mask = drawn.map((v, i) => (holes && i > 0 && v === 0 ? 0 : 1));
        return { ids: words.map((w) => word ?? w), mask };
      }),
    { minLength: 1, maxLength: 3 },
  );
