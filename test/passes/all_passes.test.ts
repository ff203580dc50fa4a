/** Every pass, alone and in the pipeline: verified, settled and equal, on random graphs and on models. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../compiler/ir/dim.ts';
import type { Graph } from '../../compiler/ir/graph.ts';
import { allNodes } from '../../compiler/ir/graph.ts';
import type { Tensor } from '../../compiler/ir/op.ts';
import { ENTRIES, type Entry, lower } from '../../compiler/lower/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { tensor } from '../../compiler/ops/tensors.ts';
import { foldScaleBy } from '../../passes/fold_scale.ts';
import { fuseLinearsBy } from '../../passes/fuse_linears.ts';
import { PASSES, PIPELINES, runPasses, TARGETS, type Target } from '../../passes/index.ts';
import { runOnnx, sourceOf } from '../compiler/onnx.ts';
import { randomCase } from '../compiler/random_graph.ts';
import { deviation, random, randomTensor, smallWeight } from '../compiler/samples.ts';
import { effort, SLOW } from '../effort.ts';
import { EACH_EXAMPLE } from '../examples.ts';
import { expectMeaning, expectSame, meaningOf, passed } from './checks.ts';
import { pyramid } from './models.ts';
import { salted } from './salt.ts';

const any = Infinity;
/** Fuses for any number of rows, so that it fires where today's targets would not. */
const EAGER_LINEARS = {
  ...fuseLinearsBy({ cpu: any, cuda: any, webgpu: any, portable: any }),
  name: 'fuse_linears (eager)',
};
/** As on the targets whose attention runs by its body. */
const EAGER_SCALE = {
  ...foldScaleBy({ cpu: true, cuda: true, webgpu: true, portable: true }),
  name: 'fold_scale (eager)',
};
const EAGER = [EAGER_LINEARS, EAGER_SCALE];
const EACH = [...Object.values(PASSES), ...EAGER].map((pass) => [pass.name, pass] as const);

const saltedCase = fc
  .tuple(randomCase(10), fc.nat(99_999))
  .map(([{ graph, inputs }, seed]) => ({ graph: salted(graph, seed), inputs }));

test.each(EACH)('%s on random graphs', (_, pass) => {
  fc.assert(
    fc.property(saltedCase, fc.constantFrom(...TARGETS), ({ graph, inputs }, target) => {
      expectSame(graph, passed(pass, graph, target).graph, inputs);
    }),
    { numRuns: effort(60, 150) },
  );
});

test('random graphs give the rules something to do', () => {
  const fired = new Map<string, number>();
  for (const { graph } of fc.sample(saltedCase, { numRuns: 200, seed: 1 })) {
    for (const pass of [...Object.values(PASSES), ...EAGER]) {
      for (const r of passed(pass, graph).rules) fired.set(r.rule, (fired.get(r.rule) ?? 0) + r.fired);
    }
  }
  const often = [
    'fold_node',
    'join_linears',
    'score_parts',
    'pool_parts',
    'linear_on_rows',
    'follow_rows',
    'drop_neutral_operand',
    'choose_branch',
    'merge_reshape',
    'merge_transpose',
  ];
  for (const rule of [...often, 'drop_whole_slice', 'drop_same_shape'])
    expect(fired.get(rule) ?? 0, rule).toBeGreaterThan(20);
});

const CHECKED = { verify: true };

const MODELS = {
  'post-norm, shared': pyramid(),
  'pre-norm, apart': pyramid({ norm: 'pre', shareEmbeddings: false }),
};
const BEAMS = (['generate', 'advance'] as const).map((entry) => ({
  ...{ name: 'post-norm, shared, three beams', entry, compat: 'none' as const },
  graph: lower(MODELS['post-norm, shared'], { entry, beam: 3, returned: 2, noRepeatNgram: 2 }).value!,
}));
const CASES = Object.entries(MODELS).flatMap(([name, spec]) =>
  (Object.keys(ENTRIES) as Entry[]).flatMap((entry) =>
    (['none', 'paper'] as const).map((compat) => ({
      name,
      entry,
      compat,
      graph: lower(spec, { entry, compat }).value!,
    })),
  ),
);
/** The slow suite takes them all; the quick one takes paper mode in the encoder alone, where it differs. */
const TAKEN = [...CASES.filter((c) => SLOW || c.compat === 'none' || c.entry === 'encode'), ...BEAMS];
/** For each pass alone; in the quick suite the pipelines run the other norm. */
const ALONE = TAKEN.filter((c) => SLOW || c.name !== 'pre-norm, apart' || c.entry === 'forward');

const [BATCH, LENGTH] = [2, 11];
const LIMITS: Readonly<Record<string, Tensor>> = {
  max_length: tensor('i64', [], [3]),
  min_length: tensor('i64', [], [1]),
  length_penalty: tensor('f32', [], [0.8]),
  rounds: tensor('i64', [], [2]),
  // Of a search that still lacks a text.
  'past_search.missing': tensor('i64', [BATCH, 1], [1, 1]),
};

/** What an entry takes: a batch of two documents, one padded. */
function inputsOf(graph: Graph): Record<string, Tensor> {
  const next = random(7);
  const ids = (shape: readonly number[]): Tensor =>
    tensor(
      'i64',
      shape,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 4 + Math.floor(7 * next())),
    );
  const mask = (length: number, kept: number): Tensor =>
    tensor(
      'i64',
      [BATCH, length],
      Array.from({ length: BATCH * length }, (_, i) => Number(i < length + kept)),
    );
  const lengths: Readonly<Record<string, number>> = {
    batch: BATCH,
    length: LENGTH,
    target: 3,
    slots: 4,
    past: 2,
  };
  const of = (name: string, id: number): Tensor => {
    const { dtype, shape } = graph.types[id]!;
    const known = shape.map((d) => evaluate(d, new Map(Object.entries(lengths)))!);
    if (LIMITS[name]) return LIMITS[name];
    if (name.endsWith('mask')) return mask(known[1]!, known[1]! - 2);
    return dtype === 'i64' ? ids(known) : randomTensor({ dtype, shape: known }, id);
  };
  return Object.fromEntries(graph.inputs.map(({ name, id }) => [name, of(name, id)]));
}

describe.each(ALONE)('$entry of $name, compat $compat', ({ graph }) => {
  const meant = meaningOf(graph, inputsOf(graph));
  test.each(EACH)('%s', (_, pass) => {
    const after = passed(pass, graph).graph;
    if (after !== graph) expectMeaning(meant(), after, inputsOf(graph));
  });
});

describe.each(TAKEN)('$entry of $name, compat $compat', ({ graph }) => {
  const meant = meaningOf(graph, inputsOf(graph));

  test.each(TARGETS)('the pipeline for %s, and each of its passes settles', (target) => {
    const ctx = { ops: OPS, target };
    const { value, diagnostics } = runPasses(graph, PIPELINES.default, ctx, { verify: true });
    expect(diagnostics).toEqual([]);
    expectMeaning(meant(), value!.graph, inputsOf(graph));
    expect(runPasses(value!.graph, PIPELINES.default, ctx).value!.graph).toBe(value!.graph);
  });

  test('is the same in ONNX Runtime with and without the passes', async () => {
    const inputs = inputsOf(graph);
    const source = sourceOf(smallWeight);
    const want = await runOnnx(graph, inputs, { source });
    for (const target of effort<readonly Target[]>(['cpu', 'portable'], TARGETS)) {
      const { value } = runPasses(graph, PIPELINES.default, { ops: OPS, target });
      const got = await runOnnx(value!.graph, inputs, { source });
      for (const [name, t] of Object.entries(want))
        expect(deviation(got[name]!, t, 1e-4), `${name} on ${target}`).toBeTypeOf('number');
    }
  });
});

test.each(EACH_EXAMPLE)('%s passes through every pass, clean after each', (_, spec) => {
  for (const entry of spec.decoder ? (['generate', 'step'] as const) : (['encode'] as const)) {
    const graph = lower(spec, { entry }).value!;
    for (const target of effort<readonly Target[]>(['cpu', 'portable'], TARGETS)) {
      const { value, diagnostics } = runPasses(graph, PIPELINES.default, { ops: OPS, target }, CHECKED);
      expect(diagnostics).toEqual([]);
      expect(value!.stats.map(({ name }) => name)).toEqual(PIPELINES.default.map(({ name }) => name));
    }
  }
});

test('the rules that a model is made for do fire', () => {
  const { value } = runPasses(
    lower(MODELS['post-norm, shared'], { entry: 'generate' }).value!,
    PIPELINES.default,
    {
      ops: OPS,
      target: 'cpu',
    },
  );
  const fired = new Map(value!.stats.flatMap(({ rules }) => rules.map((r) => [r.rule, r.fired])));
  // Two poolings; Q, K and V in two decoder layers; four encoder and four decoder attentions; two norms
  // in each encoder layer and three in each of the decoder.
  expect(fired.get('run_on_scores')).toBe(2);
  expect(fired.get('join_linears')).toBe(6);
  expect(fired.get('norm_with_sum')).toBe(14);
  expect(fired.get('choose_kernel')).toBe(8 + 14);
  const linears = [...allNodes(value!.graph.nodes)].filter(
    (n) => n.op === 'linear' && n.scope.endsWith('self_attn'),
  );
  expect(linears.map((n) => n.scope)).toEqual(['decoder.layers.0.self_attn', 'decoder.layers.1.self_attn']);
});
