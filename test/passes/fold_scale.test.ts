import { describe, expect, test } from 'vitest';
import { allNodes } from '../../compiler/ir/graph.ts';
import { type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { expandBodies } from '../../passes/expand_bodies.ts';
import { foldScaleBy, foldScale as pass } from '../../passes/fold_scale.ts';
import { formsIn, PIPELINES, runPasses, TARGETS, type Target } from '../../passes/index.ts';
import type { Form } from '../../passes/linear_costs.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { after, declined, expectSameInOnnx, inputsOf, passed } from './checks.ts';
import { pyramid } from './models.ts';

const draw = 'uniform(bound: 0.5)';
const graph = (body: string): string => `graph g(x: %0 f32[batch, n, 3], k: %1 f32[batch, n, 8]) {
  param %2 = "q.weight" f32[8, 3] ${draw}
  param %3 = "q.bias" f32[8] ${draw}
${body}
}
`;

const HEADS = '{heads: 2, causal: false, scaled: false, kernel: "body"}';
const attend = (q: string, type = 'f32[batch, n, 8]'): string =>
  `  %9: ${type} = attention(${q}, %1, %1, -) ${HEADS}\n  return y: %9`;
const project = '  %4: f32[batch, n, 8] = linear(%0, %2, %3)  // self_attn.q_proj @1-2';
const PLAIN = graph(`${project}\n${attend('%4')}`);

test('the scale moves into weight and bias, and each node keeps its place', () => {
  expect(after(pass, PLAIN, 'portable')).toMatchInlineSnapshot(`
    "
    graph g(x: %0 f32[batch, n, 3], k: %1 f32[batch, n, 8]) {
      param %2 = "q.weight" f32[8, 3] uniform(bound: 0.5)
      param %3 = "q.bias" f32[8] uniform(bound: 0.5)
      %5: f32[] = constant() {value: f32[](0.5)}  // self_attn.q_proj @1-2
      %6: f32[8, 3] = mul(%2, %5)  // self_attn.q_proj @1-2
      %7: f32[8] = mul(%3, %5)  // self_attn.q_proj @1-2
      %8: f32[batch, n, 8] = linear(%0, %6, %7)  // self_attn.q_proj @1-2
      %9: f32[batch, n, 8] = attention(%8, %1, %1, -) {heads: 2, causal: false, scaled: true, kernel: "body"}
      return y: %9
    }
    "
  `);
});

const SPLIT = graph(`${project}
  %5: f32[batch, n, 2, 4] = reshape(%4) {shape: [batch, n, 2, 4]}
  %6: f32[batch, 2, n, 4] = transpose(%5) {order: [0, 2, 1, 3]}
  %7: f32[batch, n, 2, 4] = reshape(%1) {shape: [batch, n, 2, 4]}
  %8: f32[batch, 2, n, 4] = transpose(%7) {order: [0, 2, 1, 3]}
  %9: f32[batch, 2, n, 4] = attention(%6, %8, %8, -) ${HEADS}
  return y: %9`);
const BLOCKS = graph(`  %4: f32[batch, n, 8] = linear(%0, %2, -)
  %9: f32[batch, n, 8] = block_attention(%4, %1, %1, -) {heads: 2, block: 8, scaled: false, kernel: "body"}
  return y: %9`);
const CUT = graph(`${project}
  %5: f32[batch, n, 4] = slice(%4) {axis: 2, start: 4, end: 8}
  %6: f32[batch, n, 4] = slice(%1) {axis: 2, start: 0, end: 4}
  %9: f32[batch, n, 4] = attention(%5, %6, %6, -) ${HEADS}
  return y: %9`);
const LOOP = graph(`  %10: i64[] = constant() {value: i64[](2)}
  %11: f32[batch, n, 8] = loop(%10, -, %1) (%12: i64[], %13: f32[batch, n, 8]) {
    %14: bool[] = constant() {value: bool[](1)}
    %4: f32[batch, n, 8] = linear(%0, %2, %3)
    %15: f32[batch, n, 8] = attention(%4, %13, %13, -) ${HEADS}
    yield %14, %15
  }
  return y: %11`);

const SCALED = {
  plain: PLAIN,
  'split into heads': SPLIT,
  'in blocks': BLOCKS,
  'cut from more': CUT,
  'in a loop': LOOP,
};

describe.each(Object.entries(SCALED))('%s', (_, text) => {
  test('fires and gives the same', () => {
    const result = after(pass, text, 'webgpu');
    expect(result.match(/scaled: true/g)).toHaveLength(1);
  });

  test.each(TARGETS)('ONNX Runtime agrees with the kernels of %s', async (target) => {
    const before = graphOf(text);
    const always = foldScaleBy(() => true);
    const { graph: folded, rules } = passed(always, before, target);
    expect(rules.map(({ rule, fired }) => [rule, fired])).toEqual([['scale_weights', 1]]);
    const ctx = { ops: OPS, target };
    const chosen = runPasses(folded, PIPELINES.default, ctx, { verify: true }).value!.graph;
    await expectSameInOnnx(before, chosen, inputsOf(before), 1e-5);
  });
});

describe('does not fire', () => {
  test.each(['cpu', 'cuda'] as const)('on %s, whose kernels scale', (target) => {
    expect(declined(pass, 'scale_weights', PLAIN, target)).toBe(`the kernels of ${target} scale at no cost`);
  });

  test.each([
    [
      'for a weight that another linear reads',
      PLAIN.replace('  return', '  %10: f32[batch, n, 8] = linear(%0, %2, -)\n  return').replace(
        'y: %9',
        'y: %9, z: %10',
      ),
      'a weight has other readers',
    ],
    [
      'for a bias that something else reads',
      PLAIN.replace('  return', '  %10: f32[batch, n, 8] = add(%1, %3)\n  return').replace(
        'y: %9',
        'y: %9, z: %10',
      ),
      'a weight has other readers',
    ],
    [
      'for queries of two attentions',
      PLAIN.replace(
        '  return',
        `  %10: f32[batch, n, 8] = attention(%4, %9, %1, -) ${HEADS}\n  return`,
      ).replace('y: %9', 'y: %10'),
      'the queries have other readers',
    ],
    [
      'for queries that are an output too',
      PLAIN.replace('y: %9', 'y: %9, q: %4'),
      'the queries have other readers',
    ],
    [
      'for queries that are keys too',
      PLAIN.replace('attention(%4, %1', 'attention(%4, %4'),
      'the queries have other readers',
    ],
    [
      'for rows that are an output too, between the linear and the heads',
      SPLIT.replace('y: %9', 'y: %9, q: %5'),
      'the queries have other readers',
    ],
    [
      'for queries that no linear makes',
      PLAIN.replace('attention(%4', 'attention(%1'),
      'the queries are not made by a linear',
    ],
    [
      'for queries with something added',
      PLAIN.replace(
        '%9: f32[batch, n, 8] = attention(%4',
        '%8: f32[batch, n, 8] = tanh(%4)\n  %9: f32[batch, n, 8] = attention(%8',
      ),
      'the queries are not made by a linear',
    ],
    [
      'for a weight that is computed',
      PLAIN.replace('linear(%0, %2, %3)', 'linear(%0, %8, %3)').replace(
        '  %4',
        '  %8: f32[8, 3] = tanh(%2)\n  %4',
      ),
      'its weight or bias is computed',
    ],
    [
      'for queries from outside of the loop',
      LOOP.replace(/ {4}(%4: .*)\n/, '').replace(
        '  %11',
        '  %4: f32[batch, n, 8] = linear(%0, %2, %3)\n  %11',
      ),
      'the queries are made outside of its loop',
    ],
    [
      'for heads of a size that is not known',
      `graph g(x: %0 f32[batch, n, d], w: %1 f32[d, d]) {
  %2: f32[batch, n, d] = matmul(%0, %1)
  %3: f32[batch, n, d] = attention(%2, %0, %0, -) ${HEADS}
  return y: %3
}
`,
      'the size of a head is not known',
    ],
    [
      'for an attention of scaled queries',
      PLAIN.replace('scaled: false', 'scaled: true'),
      'the weights already contain the scale',
    ],
  ])('%s', (_, text, reason) => {
    expect(declined(pass, 'scale_weights', text, 'portable')).toBe(reason);
  });
});

const spec = pyramid();
const search = { beam: 3, returned: 2, noRepeatNgram: 2 };

/** All passes except the pass that writes attention as its body. */
const PASSES = PIPELINES.default.filter((one) => one !== expandBodies);

/** Four attentions in the encoder; two in each of two decoder layers. */
test.each([
  ['encode', {}, 4],
  ['generate', {}, 8],
  ['generate', search, 8],
  ['begin', search, 4],
  ['advance', search, 4],
  ['step', {}, 4],
  ['forward', {}, 8],
] as const)('every attention of %s %j', (entry: Entry, settings, count) => {
  const before = lower(spec, { entry, ...settings }).value!;
  for (const target of TARGETS) {
    const ctx = { ops: OPS, target };
    const { graph } = runPasses(before, PASSES, ctx, { verify: true }).value!;
    const all = [...allNodes(graph.nodes)].filter(({ op }) => op.endsWith('attention'));
    const scaled = all.filter(({ attrs }) => attrs.scaled === true);
    expect([all.length, scaled.length]).toEqual([count, ['cpu', 'cuda'].includes(target) ? 0 : count]);
  }
});

test('Q, K and V still become one linear, and are quantised', () => {
  const before = lower(spec, { entry: 'step' }).value!;
  const linearsOn = (target: Target) => {
    const { graph } = runPasses(before, PIPELINES.default, { ops: OPS, target }, { verify: true }).value!;
    return [...allNodes(graph.nodes)].filter(({ op }) => op === 'linear').map(({ scope }) => scope);
  };
  expect(linearsOn('portable')).toEqual(linearsOn('cpu'));
  const named = ['q', 'k', 'v'].map((part) => `decoder.layers.0.self_attn.${part}_proj.weight`);
  const forms = new Map<string, Form>([
    ['decoder.layers.0.encoder_attn.q_proj.weight', 'dynamic8'],
    ...named.map((name) => [name, 'block8'] as const),
  ]);
  const ctx = { ops: OPS, target: 'portable' as const, precision: 'int8' as const, forms };
  const { graph } = runPasses(before, PIPELINES.quantized, ctx, { verify: true }).value!;
  const quantised = [...allNodes(graph.nodes)].filter(({ op }) => op.startsWith('linear_'));
  expect(quantised.map(({ op, scope }) => `${op} ${scope}`)).toEqual([
    'linear_blockwise decoder.layers.0.self_attn',
    'linear_dynamic decoder.layers.0.encoder_attn.q_proj',
  ]);
  expect(formsIn(graph)).toEqual(forms);
});
