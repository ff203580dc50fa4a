/**
 * Tests the identity as text, every reason not to apply it, and equal results on models, in float64 and in ONNX
 * Runtime.
 */
import { describe, expect, test } from 'vitest';
import { emit } from '../../compiler/emit/index.ts';
import { dimText } from '../../compiler/ir/dim.ts';
import { allNodes, type Graph } from '../../compiler/ir/graph.ts';
import { interpret } from '../../compiler/ir/interpret.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { tensor } from '../../compiler/ir/tensors.ts';
import { type Compat, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { poolByScores } from '../../passes/pool_by_scores.ts';
import { sinkLinearThroughPool as pass } from '../../passes/sink_linear_through_pool.ts';
import { runOnnx, sourceOf } from '../compiler/emit/onnx.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { deviation, random, smallWeight } from '../compiler/ops/samples.ts';
import { declined, expectSameInOnnx, inputsOf, passed, after as textAfter } from './checks.ts';
import { pyramid } from './models.ts';

const draw = 'uniform(bound: 0.5)';

interface Parts {
  /** The axes of the rows of u and h in the inputs of the graph. */
  readonly rows?: string;
  readonly k?: number;
  readonly inputs?: string;
  readonly sum?: string;
  /** The nodes from %11 on, of which the last gives the scores %15. */
  readonly scorer?: string;
  readonly pool?: string;
  readonly more?: string;
}

const n = 'n';
const GROUP = `pow2ceil(ceildiv(${n}, 2))`;
const SOFT = `
  %20: f32[batch, min(n, 2), 3], %21: bool[batch, min(n, 2)], %22: i64[batch, min(n, 2), ${GROUP}], %23: f32[batch, min(n, 2), ${GROUP}] = soft_topk(%10, %15, %2) {k: 2, base: 20, order: "position", pair: "best_worst", form: "rounds"}  // layer.pool @7-9`;
const HARD = `
  %20: f32[batch, min(n, 2), 3], %21: bool[batch, min(n, 2)], %22: i64[batch, min(n, 2), 1], %23: f32[batch, min(n, 2), 1] = hard_topk(%10, %15, %2) {k: 2, order: "position"}  // layer.pool @7-9`;

const text = ({ rows = 'batch, n', inputs = '', sum, scorer, pool = SOFT, more = '' }: Parts = {}): string =>
  `graph g(u: %0 f32[${rows}, 3], h: %1 f32[${rows}, 4], mask: %2 bool[batch, n]${inputs}) {
  param %4 = "fc2.weight" f32[3, 4] ${draw}
  param %5 = "fc2.bias" f32[3] ${draw}
  param %6 = "scorer.weight" f32[1, 3] ${draw}
  param %7 = "scorer.bias" f32[1] ${draw}${
    sum ??
    `
  %9: f32[${rows}, 3] = linear(%1, %4, %5)  // layer.fc2 @1-2
  %10: f32[${rows}, 3] = add(%0, %9)  // layer @1-2`
  }${
    scorer ??
    `
  %11: f32[batch, n, 1] = linear(%10, %6, %7)  // layer.pool.scorer
  %12: f32[batch, n] = squeeze(%11) {axis: -1}
  %15: f32[batch, n] = sigmoid(%12)`
  }${pool}
  return y: %20, y_mask: %21, index: %22, weight: %23${more}
}
`;

/** The graph of a packed batch, as in the encoder: the rows of both documents are in one list, at positions `at`. */
const PACKED = text({
  rows: '2, 4',
  inputs: ', at: %3 i64[batch, n]',
  scorer: `
  %11: f32[2, 4, 1] = linear(%10, %6, %7)  // layer.pool.scorer
  %12: f32[2, 4] = squeeze(%11) {axis: -1}
  %13: f32[2, 4] = sigmoid(%12)
  %14: f32[8] = reshape(%13) {shape: [8]}
  %15: f32[batch, n] = gather(%14, %3)`,
  pool: SOFT.replace('%2)', '%2, %3)'),
});

describe('the identity', () => {
  test('soft_topk: W2 and its bias run after the pooling, and the scores are the sum of both parts', () => {
    expect(textAfter(pass, text())).toMatchInlineSnapshot(`
      "
      graph g(u: %0 f32[batch, n, 3], h: %1 f32[batch, n, 4], mask: %2 bool[batch, n]) {
        param %3 = "fc2.weight" f32[3, 4] uniform(bound: 0.5)
        param %4 = "fc2.bias" f32[3] uniform(bound: 0.5)
        param %5 = "scorer.weight" f32[1, 3] uniform(bound: 0.5)
        param %6 = "scorer.bias" f32[1] uniform(bound: 0.5)
        %9: f32[3, 1] = reshape(%4) {shape: [3, 1]}  // layer.pool.scorer
        %10: f32[1, 1] = matmul(%5, %9)  // layer.pool.scorer
        %11: f32[1] = reshape(%10) {shape: [1]}  // layer.pool.scorer
        %12: f32[1] = add(%11, %6)  // layer.pool.scorer
        %13: f32[batch, n, 1] = linear(%0, %5, %12)  // layer.pool.scorer
        %14: f32[1, 4] = matmul(%5, %3)  // layer.pool.scorer
        %15: f32[batch, n, 1] = linear(%1, %14, -)  // layer.pool.scorer
        %16: f32[batch, n, 1] = add(%13, %15)  // layer.pool.scorer
        %17: f32[batch, n] = squeeze(%16) {axis: -1}
        %18: f32[batch, n] = sigmoid(%17)
        %19: f32[batch, min(n, 2), 3], %20: bool[batch, min(n, 2)], %21: i64[batch, min(n, 2), pow2ceil(ceildiv(n, 2))], %22: f32[batch, min(n, 2), pow2ceil(ceildiv(n, 2))] = soft_topk(%0, %18, %2) {k: 2, base: 20, order: "position", pair: "best_worst", form: "rounds"}  // layer.pool @7-9
        %23: f32[batch, min(n, 2), 4] = weighted_rows(%1, %21, %22, -)  // layer.fc2 @1-2
        %24: f32[batch, min(n, 2), 3] = linear(%23, %3, -)  // layer.fc2 @1-2
        %25: f32[batch, min(n, 2), 1] = reduce_sum(%22) {axis: -1}  // layer.fc2 @1-2
        %26: f32[batch, min(n, 2), 3] = mul(%25, %4)  // layer.fc2 @1-2
        %27: f32[batch, min(n, 2), 3] = add(%24, %26)  // layer.fc2 @1-2
        %28: f32[batch, min(n, 2), 3] = add(%19, %27)  // layer.pool @7-9
        return y: %28, y_mask: %20, index: %21, weight: %22
      }
      "
    `);
  });

  test('`at` says where the rows are', () => {
    expect(textAfter(pass, PACKED)).toMatchInlineSnapshot(`
      "
      graph g(u: %0 f32[2, 4, 3], h: %1 f32[2, 4, 4], mask: %2 bool[batch, n], at: %3 i64[batch, n]) {
        param %4 = "fc2.weight" f32[3, 4] uniform(bound: 0.5)
        param %5 = "fc2.bias" f32[3] uniform(bound: 0.5)
        param %6 = "scorer.weight" f32[1, 3] uniform(bound: 0.5)
        param %7 = "scorer.bias" f32[1] uniform(bound: 0.5)
        %10: f32[3, 1] = reshape(%5) {shape: [3, 1]}  // layer.pool.scorer
        %11: f32[1, 1] = matmul(%6, %10)  // layer.pool.scorer
        %12: f32[1] = reshape(%11) {shape: [1]}  // layer.pool.scorer
        %13: f32[1] = add(%12, %7)  // layer.pool.scorer
        %14: f32[2, 4, 1] = linear(%0, %6, %13)  // layer.pool.scorer
        %15: f32[1, 4] = matmul(%6, %4)  // layer.pool.scorer
        %16: f32[2, 4, 1] = linear(%1, %15, -)  // layer.pool.scorer
        %17: f32[2, 4, 1] = add(%14, %16)  // layer.pool.scorer
        %18: f32[2, 4] = squeeze(%17) {axis: -1}
        %19: f32[2, 4] = sigmoid(%18)
        %20: f32[8] = reshape(%19) {shape: [8]}
        %21: f32[batch, n] = gather(%20, %3)
        %22: f32[batch, min(n, 2), 3], %23: bool[batch, min(n, 2)], %24: i64[batch, min(n, 2), pow2ceil(ceildiv(n, 2))], %25: f32[batch, min(n, 2), pow2ceil(ceildiv(n, 2))] = soft_topk(%0, %21, %2, %3) {k: 2, base: 20, order: "position", pair: "best_worst", form: "rounds"}  // layer.pool @7-9
        %26: f32[batch, min(n, 2), 4] = weighted_rows(%1, %24, %25, %3)  // layer.fc2 @1-2
        %27: f32[batch, min(n, 2), 3] = linear(%26, %4, -)  // layer.fc2 @1-2
        %28: f32[batch, min(n, 2), 1] = reduce_sum(%25) {axis: -1}  // layer.fc2 @1-2
        %29: f32[batch, min(n, 2), 3] = mul(%28, %5)  // layer.fc2 @1-2
        %30: f32[batch, min(n, 2), 3] = add(%27, %29)  // layer.fc2 @1-2
        %31: f32[batch, min(n, 2), 3] = add(%22, %30)  // layer.pool @7-9
        return y: %31, y_mask: %23, index: %24, weight: %25
      }
      "
    `);
  });

  test('hard_topk: rows are selected, also those of masked slots', () => {
    expect(textAfter(pass, text({ pool: HARD }))).toMatchInlineSnapshot(`
      "
      graph g(u: %0 f32[batch, n, 3], h: %1 f32[batch, n, 4], mask: %2 bool[batch, n]) {
        param %3 = "fc2.weight" f32[3, 4] uniform(bound: 0.5)
        param %4 = "fc2.bias" f32[3] uniform(bound: 0.5)
        param %5 = "scorer.weight" f32[1, 3] uniform(bound: 0.5)
        param %6 = "scorer.bias" f32[1] uniform(bound: 0.5)
        %9: f32[3, 1] = reshape(%4) {shape: [3, 1]}  // layer.pool.scorer
        %10: f32[1, 1] = matmul(%5, %9)  // layer.pool.scorer
        %11: f32[1] = reshape(%10) {shape: [1]}  // layer.pool.scorer
        %12: f32[1] = add(%11, %6)  // layer.pool.scorer
        %13: f32[batch, n, 1] = linear(%0, %5, %12)  // layer.pool.scorer
        %14: f32[1, 4] = matmul(%5, %3)  // layer.pool.scorer
        %15: f32[batch, n, 1] = linear(%1, %14, -)  // layer.pool.scorer
        %16: f32[batch, n, 1] = add(%13, %15)  // layer.pool.scorer
        %17: f32[batch, n] = squeeze(%16) {axis: -1}
        %18: f32[batch, n] = sigmoid(%17)
        %19: f32[batch, min(n, 2), 3], %20: bool[batch, min(n, 2)], %21: i64[batch, min(n, 2), 1], %22: f32[batch, min(n, 2), 1] = hard_topk(%0, %18, %2) {k: 2, order: "position"}  // layer.pool @7-9
        %23: i64[batch, min(n, 2)] = squeeze(%21) {axis: -1}  // layer.fc2 @1-2
        %24: f32[batch, min(n, 2), 4] = gather_rows(%1, %23)  // layer.fc2 @1-2
        %25: f32[batch, min(n, 2), 3] = linear(%24, %3, %4)  // layer.fc2 @1-2
        %26: f32[batch, min(n, 2), 3] = add(%19, %25)  // layer.pool @7-9
        return y: %26, y_mask: %20, index: %21, weight: %22
      }
      "
    `);
  });

  test('there are no biases, and the linear is the first operand of the sum', () => {
    const sum = '\n  %9: f32[batch, n, 3] = linear(%1, %4, -)\n  %10: f32[batch, n, 3] = add(%9, %0)';
    const scorer =
      '\n  %11: f32[batch, n, 1] = linear(%10, %6, -)\n  %15: f32[batch, n] = squeeze(%11) {axis: -1}';
    const result = textAfter(pass, text({ sum, scorer }));
    expect(result).toContain('f32[1, 4] = matmul(%5, %3)');
    expect(result).not.toContain('.bias');
    expect(result).not.toContain('reduce_sum');
  });

  test.each([
    ['soft', text()],
    ['hard', text({ pool: HARD })],
    ['packed', PACKED],
  ])('%s: ONNX Runtime agrees and multiplies no weights at run time', async (_, source) => {
    const before = graphOf(source);
    const { graph } = passed(pass, before);
    for (const seed of [3, 4]) await expectSameInOnnx(before, graph, inputsOf(before, seed), 1e-5);
    const emitted = emit(graph, { ops: OPS, metadata: {}, version: 'test' });
    // MatMul remains in functions and for products of weights with gathered rows, but never multiplies w by W2.
    const shapes = emitted.placements.map(({ content }) => content.shape.join('x')).sort();
    expect(shapes).toEqual(['1', '1x3', '1x4', '3', '3x4']);
  });
});

const SCORE = '\n  %15: f32[batch, n] = squeeze(%11) {axis: -1}';

test.each([
  [
    'a norm stands in between (post-norm)',
    'the pooled value is not a sum',
    text({
      sum: `
  %8: f32[batch, n, 3] = linear(%1, %4, %5)
  %9: f32[batch, n, 3] = add(%0, %8)
  %10: f32[batch, n, 3] = layer_norm(%9, %5, %5) {epsilon: 1e-5}`,
    }),
  ],
  [
    'an operand is broadcast',
    'an operand of the sum is broadcast',
    text({ sum: '\n  %9: f32[batch, n, 3] = linear(%1, %4, -)\n  %10: f32[batch, n, 3] = add(%9, %5)' }),
  ],
  [
    'the sum holds no linear',
    'no operand of the sum is a linear',
    text({ sum: '\n  %9: f32[batch, n, 3] = tanh(%0)\n  %10: f32[batch, n, 3] = add(%0, %9)' }),
  ],
  ['the linear has another reader', 'the linear has other readers', text({ more: ', own: %9' })],
  ['the sum is an output', 'the sum has other readers', text({ more: ', all: %10' })],
  [
    'another op reads the sum',
    'the sum has other readers',
    text({
      scorer: `\n  %16: f32[batch, n, 3] = tanh(%10)\n  %11: f32[batch, n, 1] = linear(%10, %6, %7)${SCORE}`,
      more: ', t: %16',
    }),
  ],
  [
    'two poolings read the sum',
    'the sum has other readers',
    text({
      pool: `${SOFT}${HARD.replace(/%2([0-3]):/g, '%3$1:')}`,
      more: ', other: %30',
    }),
  ],
  [
    'the scores come from elsewhere',
    'the sum has other readers',
    text({ scorer: `\n  %11: f32[batch, n, 1] = linear(%0, %6, %7)${SCORE}` }),
  ],
  [
    'the scorer is not a single linear',
    'its scores are not made by a single linear',
    text({
      scorer:
        '\n  %11: f32[batch, n, 1] = reduce_mean(%10) {axis: -1}\n  %15: f32[batch, n] = squeeze(%11) {axis: -1}',
    }),
  ],
  [
    'the scorer has several outputs',
    'its scores are not made by a single linear',
    text({
      scorer: `\n  %16: f32[3, 3] = concat(%6, %6, %6) {axis: 0}\n  %17: f32[batch, n, 3] = linear(%10, %16, -)\n  %11: f32[batch, n, 1] = reduce_max(%17) {axis: -1}${SCORE}`,
    }),
  ],
  [
    'all rows are kept',
    'the pooling keeps all rows',
    text({ pool: SOFT.replaceAll('min(n, 2)', '2').replaceAll(GROUP, '1') }).replaceAll(/\bn\b/g, '2'),
  ],
])('does not fire where %s', (_, reason, source) =>
  expect(declined(pass, 'pool_parts', source)).toBe(reason),
);

test('a linear that no pooling reads is left alone', () => {
  const source = `graph g(u: %0 f32[batch, n, 3], h: %1 f32[batch, n, 4]) {
  param %2 = "fc2.weight" f32[3, 4] ${draw}
  param %3 = "w" f32[1, 3] ${draw}
  %4: f32[batch, n, 3] = linear(%1, %2, -)
  %5: f32[batch, n, 3] = add(%0, %4)
  %6: f32[batch, n, 1] = linear(%5, %3, -)
  return y: %6
}
`;
  expect(declined(pass, 'score_parts', source)).toBe('no pooling reads the sum');
});

/** A batch of documents of the given lengths, padded to the longest. */
function documents(lengths: readonly number[], seed: number): Record<string, Tensor> {
  const next = random(seed);
  const [batch, length] = [lengths.length, Math.max(...lengths)];
  const cells = lengths.flatMap((own) => Array.from({ length }, (_, i) => i < own));
  const ids = cells.map((real) => (real ? 4 + Math.floor(7 * next()) : 1));
  return {
    input_ids: tensor('i64', [batch, length], ids),
    attention_mask: tensor('i64', [batch, length], cells.map(Number)),
  };
}

/** The spec with every pooling's kind or arguments changed. */
const pooledBy = (spec: ModelSpec, name: string, args: Record<string, string | number>): ModelSpec => ({
  ...spec,
  encoder: {
    ...spec.encoder,
    layers: spec.encoder.layers.map((layer) =>
      layer.pool ? { ...layer, pool: { ...layer.pool, kind: name, args } } : layer,
    ),
  },
});

const PRE = pyramid({ norm: 'pre', schedule: [16, 8], memory: 4 });
const soft = { base: 20, order: 'position', pair: 'best_worst' };
const CASES: readonly [string, ModelSpec, Compat][] = [
  ['soft_topk', PRE, 'none'],
  ['soft_topk', PRE, 'paper'],
  ['soft_topk by score', pooledBy(PRE, 'soft_topk', { ...soft, order: 'score' }), 'none'],
  ['shifted pairs', pooledBy(PRE, 'soft_topk', { ...soft, pair: 'shifted', base: 3 }), 'none'],
  ['shifted pairs', pooledBy(PRE, 'soft_topk', { ...soft, pair: 'shifted', base: 3 }), 'paper'],
  ['hard_topk', pooledBy(PRE, 'hard_topk', { order: 'position' }), 'none'],
  ['hard_topk', pooledBy(PRE, 'hard_topk', { order: 'position' }), 'paper'],
];

test.each(CASES)('a pre-norm model, %s: the same memory, origins and mask', async (_, spec, compat) => {
  const before = lower(spec, { entry: 'encode', compat }).value!;
  const { graph, rules } = passed(pass, before);
  const fired = (rule: string): number => rules.find((r) => r.rule === rule)?.fired ?? 0;
  expect([fired('score_parts'), fired('pool_parts')]).toEqual([2, 2]);
  const byScores = passed(poolByScores, graph).graph;
  // The batches have fewer rows than a pooling keeps, padding, and an empty document among others.
  for (const lengths of [[3], [16, 9, 1], [11, 0, 6]]) {
    const inputs = documents(lengths, 7);
    const want = interpret(before, inputs, smallWeight, OPS);
    const results = {
      interpreter: interpret(byScores, inputs, smallWeight, OPS),
      'ONNX Runtime': await runOnnx(byScores, inputs, { source: sourceOf(smallWeight) }),
    };
    for (const [where, got] of Object.entries(results))
      for (const [port, t] of Object.entries(want))
        expect(deviation(got[port]!, t), `${where}: ${port} of ${lengths}`).toBeTypeOf('number');
  }
});

/** The rows that a layer's linear runs on. */
function rowsOf(graph: Graph, layer: number, name: string): string {
  const node = [...allNodes(graph.nodes)].find(
    ({ op, scope }) => op === 'linear' && scope === `encoder.layers.${layer}.${name}`,
  )!;
  return graph.types[node.ins[0]!]!.shape.slice(0, -1).map(dimText).join(', ');
}

test('the linears of pooled layers run on the rows that are kept; other linears run as before', () => {
  const spec = pyramid({ norm: 'pre', schedule: [16, 16, 8, 4] });
  const before = lower(spec, { entry: 'encode' }).value!;
  const { graph } = passed(pass, before);
  const rows = [0, 1, 2, 3].map((layer) => rowsOf(graph, layer, 'fc2'));
  const old = [0, 1, 2, 3].map((layer) => rowsOf(before, layer, 'fc2'));
  expect(rows).toEqual([old[0], 'batch, min(tokens, 8)', 'batch, min(tokens, 4)', old[3]]);
  expect(rows[1]).not.toBe(old[1]);
  expect(rows[2]).not.toBe(old[2]);
  expect([0, 1, 2, 3].map((layer) => rowsOf(graph, layer, 'fc1'))).toEqual(old);
});

test('post-norm models stay unchanged', () => {
  const graph = lower(pyramid(), { entry: 'encode' }).value!;
  expect(passed(pass, graph).graph).toBe(graph);
});
