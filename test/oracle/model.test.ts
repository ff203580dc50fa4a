import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base, block, document, expectClose, full, ones, soft, withLayers } from './fixtures.ts';
import { EOS, erf, PAD, positionIndexes, sinusoid } from './math.ts';
import {
  denseOrigins,
  encode,
  forward,
  type Matrix,
  type OracleConfig,
  type OracleEncoderLayer,
  type OraclePool,
} from './model.ts';
import { pool } from './pooling.ts';
import { randomWeights } from './weights.ts';

const validRows = (encoded: { memory: Matrix; mask: boolean[] }): Matrix =>
  encoded.memory.filter((_, slot) => encoded.mask[slot]);

describe('building blocks', () => {
  test('C32: sinusoid, d 8, first real token', () => {
    const golden = [0.909297, 0.092699, 0.004309, 0.0002, -0.416147, 0.995694, 0.999991, 1];
    sinusoid(2, 8).forEach((value, j) => {
      expect(Math.abs(value - golden[j]!)).toBeLessThan(1e-6);
    });
    expect(sinusoid(PAD, 8)).toEqual(new Array(8).fill(0));
    expect(sinusoid(5, 9)[8]).toBe(0);
    expect(positionIndexes([false, true, true, false, true])).toEqual([1, 2, 3, 1, 4]);
  });

  test('erf', () => {
    const known: [number, number][] = [
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [-3, -0.9999779095030014],
    ];
    for (const [x, value] of known) expect(erf(x)).toBeCloseTo(value, 14);
  });
});

describe('blockwise attention', () => {
  const shape = (attention: OracleEncoderLayer['attention']): OracleEncoderLayer[] => [
    { consumes: 16, emits: 16, attention },
    { consumes: 16, emits: 4, attention, pool: soft },
  ];

  test.each([16, 20])('C31: blocks of %i over 16 tokens equal full attention', (size) => {
    const weights = randomWeights(base, 1);
    const ids = document(2, 16);
    const mask = [...ones(13), 0, 0, 0];
    const blocked = encode(withLayers(base, shape(block(size))), weights, ids, mask);
    expect(blocked).toEqual(encode(withLayers(base, shape(full)), weights, ids, mask));
  });

  test('without positions each block is encoded like a separate document', () => {
    const config: OracleConfig = {
      ...withLayers(base, [{ consumes: 32, emits: 32, attention: block(4) }]),
      encoder: { positions: 'none', layers: [{ consumes: 32, emits: 32, attention: block(4) }] },
    };
    const weights = randomWeights(config, 3);
    const ids = document(4, 11);
    const parts = [ids.slice(0, 4), ids.slice(4, 8), ids.slice(8)];
    const apart = parts.flatMap((part) => encode(config, weights, part, ones(part.length)).memory);
    expectClose(encode(config, weights, ids, ones(11)).memory, apart);
  });

  test('C31: a block that holds only padding stays finite', () => {
    const weights = randomWeights(base, 5);
    const { memory } = encode(base, weights, document(6, 16), [...ones(3), ...new Array(13).fill(0)]);
    expect(memory.flat().every(Number.isFinite)).toBe(true);
  });
});

const anyModel = fc.record({
  seed: fc.integer({ min: 0, max: 1_000_000 }),
  length: fc.integer({ min: 1, max: 32 }),
  extra: fc.integer({ min: 1, max: 20 }),
  norm: fc.constantFrom('post' as const, 'pre' as const),
  activation: fc.constantFrom('relu' as const, 'gelu' as const),
  shareEmbeddings: fc.boolean(),
  attention: fc.constantFrom(full, block(4), block(5)),
  order: fc.constantFrom('position' as const, 'score' as const),
  kind: fc.constantFrom('best_worst' as const, 'shifted' as const, 'hard' as const),
});

function modelOf(spec: typeof anyModel extends fc.Arbitrary<infer T> ? T : never): OracleConfig {
  const { norm, activation, shareEmbeddings, attention, order, kind } = spec;
  const pooling: OraclePool =
    kind === 'hard' ? { kind: 'hard_topk', order } : { kind: 'soft_topk', base: 20, order, pair: kind };
  return {
    ...withLayers(base, [
      { consumes: 32, emits: 32, attention },
      { consumes: 32, emits: 7, attention, pool: pooling },
      { consumes: 7, emits: 3, attention, pool: pooling },
      { consumes: 3, emits: 3, attention },
    ]),
    norm,
    activation,
    shareEmbeddings,
  };
}

describe('padding invariance', () => {
  test('a document gives the same valid memory, origins and logits alone and right-padded', () => {
    fc.assert(
      fc.property(anyModel, (spec) => {
        const config = modelOf(spec);
        const weights = randomWeights(config, spec.seed);
        const ids = document(spec.seed + 1, spec.length);
        const padded = [...ids, ...document(spec.seed + 2, spec.extra)];
        const mask = padded.map((_, t) => (t < ids.length ? 1 : 0));
        const alone = encode(config, weights, ids, ones(ids.length));
        const wide = encode(config, weights, padded, mask);
        expectClose(validRows(wide), validRows(alone), 1e-12);
        expect(wide.origins.filter((_, slot) => wide.mask[slot])).toEqual(
          alone.origins.filter((_, slot) => alone.mask[slot]),
        );
        const start = [EOS, 5, 6];
        expectClose(
          forward(config, weights, padded, mask, start),
          forward(config, weights, ids, ones(ids.length), start),
          1e-12,
        );
      }),
      { numRuns: 150 },
    );
  });

  test('the tokens at masked positions do not matter, wherever they are', () => {
    const weights = randomWeights(base, 7);
    const mask = document(8, 24).map((id) => (id % 3 === 0 ? 0 : 1));
    const ids = document(9, 24);
    const other = ids.map((id, t) => (mask[t] === 1 ? id : 5));
    expect(encode(base, weights, other, mask)).toEqual(encode(base, weights, ids, mask));
  });

  test('a document that fits passes through: every origin is one token of weight 1', () => {
    const weights = randomWeights(base, 10);
    const mask = [...ones(3), ...new Array(20).fill(0)];
    const { origins, mask: kept } = encode(base, weights, document(11, 23), mask);
    expect(kept).toEqual([true, true, true]);
    expect(origins).toEqual([0, 1, 2].map((t) => ({ index: [t], weight: [1] })));
  });
});

describe('origins', () => {
  test('memory of a last pooling = origin weights times the rows before it', () => {
    const layer: OracleEncoderLayer = { consumes: 32, emits: 32, attention: block(4) };
    const flat = withLayers(base, [layer]);
    const pooled = withLayers(base, [{ ...layer, emits: 5, pool: soft }]);
    const weights = randomWeights(pooled, 12);
    const ids = document(13, 29);
    const mask = ids.map((_, t) => (t < 26 ? 1 : 0));
    const rows = encode(flat, weights, ids, mask).memory;
    const { memory, origins } = encode(pooled, weights, ids, mask);
    const product = denseOrigins(origins, 29).map((row) =>
      rows[0]!.map((_, j) => row.reduce((sum, w, t) => sum + w * rows[t]![j]!, 0)),
    );
    expectClose(memory, product);
  });

  test('two poolings: weights are positive, sum to 1, and each real token has one slot', () => {
    const weights = randomWeights(base, 14);
    const mask = ones(32).map((_, t) => (t % 5 === 0 ? 0 : 1));
    const { origins } = encode(base, weights, document(15, 32), mask);
    const tokens = origins.flatMap((origin) => origin.index).sort((a, b) => a - b);
    expect(tokens).toEqual(mask.flatMap((value, t) => (value === 1 ? [t] : [])));
    for (const { weight } of origins) {
      expect(weight.every((w) => w > 0)).toBe(true);
      expect(weight.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
    }
  });

  test('scores: the weights of a 2 -> 1 pooling by hand (2.3)', () => {
    const flat = withLayers(base, [{ consumes: 2, emits: 2, attention: full }]);
    const config = withLayers(base, [{ consumes: 2, emits: 1, attention: full, pool: soft }]);
    const weights = randomWeights(config, 35);
    const w = weights.get('encoder.pooler.scorer.0.weight')!.data;
    const b = weights.get('encoder.pooler.scorer.0.bias')!.data[0]!;
    const rows = encode(flat, weights, [7, 8], [1, 1]).memory;
    const scores = rows.map((row) => {
      const z = row.reduce((sum, value, j) => sum + value * w[j]!, b);
      return 1 / (1 + Math.exp(-z)) + 1e-5;
    });
    const first = 1 / (1 + Math.exp(20 ** scores[1]! - 20 ** scores[0]!));
    const { origins } = encode(config, weights, [7, 8], [1, 1]);
    expectClose(denseOrigins(origins, 2), [[first, 1 - first]], 1e-12);
  });

  test('2.7: a pooling with k = n in the schedule does nothing, whatever its order', () => {
    const layer: OracleEncoderLayer = { consumes: 9, emits: 9, attention: full };
    const weights = randomWeights(withLayers(base, [{ ...layer, pool: soft }]), 36);
    const config = withLayers(base, [{ ...layer, pool: { ...soft, order: 'score' } }]);
    const ids = document(37, 9);
    expect(encode(config, weights, ids, ones(9))).toEqual(
      encode(withLayers(base, [layer]), weights, ids, ones(9)),
    );
  });

  test('hard_topk keeps the best, ties by lower index', () => {
    const slots = (scores: number[]) => ({
      rows: scores.map((score) => [score]),
      mask: scores.map((_, i) => i !== 1),
      origins: scores.map((_, i) => ({ index: [i], weight: [1] })),
    });
    const scores = [0.2, 0.9, 0.5, 0.7, 0.5];
    const chosen = (order: 'position' | 'score', k: number) =>
      pool(slots(scores), scores, k, { kind: 'hard_topk', order }, false).origins.map((o) => o.index[0]);
    expect(chosen('position', 2)).toEqual([2, 3]);
    expect(chosen('score', 2)).toEqual([3, 2]);
    expect(chosen('score', 3)).toEqual([3, 2, 4]);
    expect(chosen('position', 5)).toEqual([0, 1, 2, 3, 4]);
    expect(chosen('score', 5)).toEqual([3, 2, 4, 0, 1]);
  });
});

describe('against PyTorch', () => {
  // The same weights were run once in torch.nn.TransformerEncoderLayer / DecoderLayer (float64, torch 2.15):
  // all eight of post/pre, relu/gelu, shared/unshared agreed within 3e-15. Two rows of logits are kept here.
  const golden = [
    {
      options: { norm: 'post', activation: 'relu', shareEmbeddings: false },
      positions: 'sinusoidal',
      logits: [
        0.9411656160668849, 0.2661878571339398, 1.325378308416652, 0.8714815364861894, -2.1029049914297353,
      ],
    },
    {
      options: { norm: 'pre', activation: 'gelu', shareEmbeddings: true },
      positions: 'none',
      logits: [
        0.9305002575925361, 0.3077851944826215, -1.740825527701164, 1.3249408374723035, -0.5734438576983552,
      ],
    },
  ] as const;

  test.each(golden)('$options', ({ options, positions, logits }) => {
    const config: OracleConfig = {
      ...withLayers(base, [
        { consumes: 16, emits: 16, attention: full },
        { consumes: 16, emits: 16, attention: block(4) },
      ]),
      ...options,
      width: 12,
      heads: 3,
      ffn: 20,
      decoder: { positions, layers: 2 },
    };
    const ids = [4, 9, 22, 17, 29, 8, 13, 4, 6, 11, 20];
    const mask = [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0];
    const last = forward(config, randomWeights(config, 5), ids, mask, [EOS, 7, 19, 25])[3]!;
    expectClose([last.slice(0, 5)], [[...logits]], 1e-6);
  });
});

describe('decoder', () => {
  test('is causal, uses the memory, and random logits are not degenerate', () => {
    const weights = randomWeights(base, 22);
    const ids = document(23, 30);
    const long = forward(base, weights, ids, ones(30), [EOS, 7, 8, 9, 10]);
    expectClose(forward(base, weights, ids, ones(30), [EOS, 7, 8]), long.slice(0, 3), 1e-12);
    const other = forward(base, weights, document(24, 30), ones(30), [EOS, 7, 8, 9, 10]);
    const gaps = long.flatMap((row, t) => row.map((value, id) => Math.abs(value - other[t]![id]!)));
    expect(Math.max(...gaps)).toBeGreaterThan(0.1);
    const spread = long.map((row) => Math.max(...row) - Math.min(...row));
    expect(Math.min(...spread)).toBeGreaterThan(1);
  });

  test('decoder positions change the logits', () => {
    const weights = randomWeights(base, 25);
    const config: OracleConfig = { ...base, decoder: { positions: 'sinusoidal', layers: 2 } };
    const ids = document(26, 9);
    const without = forward(base, weights, ids, ones(9), [EOS, 7]);
    const gaps = forward(config, weights, ids, ones(9), [EOS, 7]).map((row, t) =>
      Math.max(...row.map((value, id) => Math.abs(value - without[t]![id]!))),
    );
    expect(Math.min(...gaps)).toBeGreaterThan(1e-3);
  });
});

test('names and shapes of 5.5; parameter totals of 4.3 in small', () => {
  const d = base.width;
  const f = base.ffn;
  const weights = randomWeights(base, 1);
  const encoderLayer = 4 * (d * d + d) + (d * f + f) + (f * d + d) + 4 * d;
  const decoderLayer = 8 * (d * d + d) + 2 * d * f + f + d + 6 * d;
  const expected = 3 * encoderLayer + 2 * decoderLayer + 30 * d + 3 * (d + 1);
  expect([...weights.values()].reduce((sum, { data }) => sum + data.length, 0)).toBe(expected);
  expect(weights.get('encoder.pooler.scorer.2.weight')!.shape).toEqual([1, d]);
  expect(weights.get('encoder.layers.0.fc1.weight')!.shape).toEqual([f, d]);
  expect(weights.has('encoder.layer_norm.weight')).toBe(false);
  const pre = randomWeights({ ...base, norm: 'pre', shareEmbeddings: false }, 1);
  for (const name of [
    'encoder.layer_norm.bias',
    'decoder.layer_norm.weight',
    'decoder.output_projection.weight',
  ]) {
    expect(pre.has(name)).toBe(true);
  }
});
