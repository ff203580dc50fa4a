/** Runs every pass on small models, alone and in the pipeline. Results stay equal, and a second run changes nothing. */
import { describe, expect, test } from 'vitest';
import { allNodes } from '../../compiler/ir/graph.ts';
import { ENTRIES, type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PIPELINES, runPasses, TARGETS, type Target } from '../../passes/index.ts';
import { runOnnx, sourceOf } from '../compiler/emit/onnx.ts';
import { deviation, smallWeight } from '../compiler/ops/samples.ts';
import { effort, SLOW } from '../effort.ts';
import { expectMeaning, meaningOf, passed } from './checks.ts';
import { EACH } from './each.ts';
import { entryInputs } from './entry_inputs.ts';
import { pyramid } from './models.ts';

const MODELS = {
  'post-norm, shared': pyramid(),
  'pre-norm, apart': pyramid({ norm: 'pre', shareEmbeddings: false }),
};
const BEAMS = (['generate', 'advance'] as const).map((entry) => ({
  name: 'post-norm, shared, three beams',
  entry,
  compat: 'none' as const,
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
/** The slow suite takes all cases. The quick suite takes paper mode only for `encode`, because it differs only there. */
const TAKEN = [...CASES.filter((c) => SLOW || c.compat === 'none' || c.entry === 'encode'), ...BEAMS];
/** The cases for each pass alone. In the quick suite, `forward` is the only entry of the pre-norm model here. */
const ALONE = TAKEN.filter((c) => SLOW || c.name !== 'pre-norm, apart' || c.entry === 'forward');

describe.each(ALONE)('$entry of $name, compat $compat', ({ graph }) => {
  const meant = meaningOf(graph, entryInputs(graph));
  test.each(EACH.map((each) => [each.name, each] as const))('%s', (_, { pass, precision, targets }) => {
    const after = passed(pass, graph, targets[0], { precision }).graph;
    if (after !== graph) expectMeaning(meant(), after, entryInputs(graph));
  });
});

describe.each(TAKEN)('$entry of $name, compat $compat', ({ graph }) => {
  const meant = meaningOf(graph, entryInputs(graph));

  test.each(TARGETS)('the pipeline for %s keeps the results, and a second run changes nothing', (target) => {
    const ctx = { ops: OPS, target };
    const { value, diagnostics } = runPasses(graph, PIPELINES.default, ctx, { verify: true });
    expect(diagnostics).toEqual([]);
    expectMeaning(meant(), value!.graph, entryInputs(graph));
    expect(runPasses(value!.graph, PIPELINES.default, ctx).value!.graph).toBe(value!.graph);
  });

  test('is the same in ONNX Runtime with and without the passes', async () => {
    const inputs = entryInputs(graph);
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

test('the rules for the structures of a model fire as often as these structures occur', () => {
  const { value } = runPasses(
    lower(MODELS['post-norm, shared'], { entry: 'generate' }).value!,
    PIPELINES.default,
    {
      ops: OPS,
      target: 'cpu',
    },
  );
  const fired = new Map(value!.stats.flatMap(({ rules }) => rules.map((r) => [r.rule, r.fired])));
  // There are two poolings; Q, K and V in two decoder layers; four attentions in the encoder and four in the decoder;
  // two norms in each encoder layer and three in each decoder layer.
  expect(fired.get('run_on_scores')).toBe(2);
  expect(fired.get('join_linears')).toBe(6);
  expect(fired.get('norm_with_sum')).toBe(14);
  expect(fired.get('choose_kernel')).toBe(8 + 14);
  const linears = [...allNodes(value!.graph.nodes)].filter(
    (n) => n.op === 'linear' && n.scope.endsWith('self_attn'),
  );
  expect(linears.map((n) => n.scope)).toEqual(['decoder.layers.0.self_attn', 'decoder.layers.1.self_attn']);
});
