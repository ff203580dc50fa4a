/** Runs every pass on random graphs, alone and in its pipeline. Outputs must stay equal, and each rule must fire. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { OPS } from '../../compiler/ops/index.ts';
import { PRECISIONS, runPasses, TARGETS, type Target } from '../../passes/index.ts';
import { createRecorder } from '../../passes/trace.ts';
import { graphOf } from '../compiler/ir/graphs.ts';
import { randomCase } from '../compiler/ir/random_graph.ts';
import { oneOp } from '../compiler/ops/samples.ts';
import { effort } from '../effort.ts';
import { expectSame, inputsOf, passed } from './checks.ts';
import { EACH, pipelineOf, type Setting, targetsOf } from './each.ts';
import { salted } from './salt.ts';

const saltedCase = fc
  .tuple(randomCase(10), fc.nat(99_999))
  .map(([{ graph, inputs }, seed]) => ({ graph: salted(graph, seed), inputs }));

const NAMED = EACH.map((setting) => [setting.name, setting] as const);

test.each(NAMED)('%s', (_, { pass, precision, targets }) => {
  fc.assert(
    fc.property(saltedCase, fc.constantFrom(...targets), ({ graph, inputs }, target) => {
      expectSame(graph, passed(pass, graph, target, { precision }).graph, inputs);
    }),
    { numRuns: effort(20, 150) },
  );
});

test.each(PRECISIONS)('the pipeline of %s', (precision) => {
  fc.assert(
    fc.property(saltedCase, fc.constantFrom(...targetsOf(precision)), ({ graph, inputs }, target) => {
      const ctx = { ops: OPS, target, precision };
      const { value, diagnostics } = runPasses(graph, pipelineOf(precision), ctx, { verify: true });
      expect(diagnostics).toEqual([]);
      expectSame(graph, value!.graph, inputs);
    }),
    { numRuns: effort(30, 300) },
  );
});

/** The same graph with its weights as inputs. */
const fed = ({ inputs, params, ...graph }: Graph): Graph => ({
  ...graph,
  inputs: [...inputs, ...params.map(({ id, weight }) => ({ name: weight.name, id, weight }))],
  params: [],
});

test.each(PRECISIONS)('the pipeline of %s where weights are inputs', (precision) => {
  fc.assert(
    fc.property(saltedCase, fc.constantFrom(...targetsOf(precision)), ({ graph, inputs }, target) => {
      const ctx = { ops: OPS, target, precision };
      const { value, diagnostics } = runPasses(fed(graph), pipelineOf(precision), ctx, { verify: true });
      expect(diagnostics).toEqual([]);
      expect(value!.graph.params).toEqual([]);
      expectSame(graph, value!.graph, inputs);
    }),
    { numRuns: effort(20, 150) },
  );
});

describe('each rule fires', () => {
  interface Food {
    /** The least number of times that the rule fires in all graphs, on each target where it may fire. */
    readonly least: number;
    /** The targets where the rule may fire; by default all targets of the setting. Elsewhere it must not fire at all. */
    readonly on?: readonly Target[];
  }

  const times = (least: number, ...on: Target[]): Food => ({ least, ...(on.length > 0 && { on }) });
  const FUSED_NORMS = ['cpu', 'cuda', 'webgpu'] as const;
  const BY_BODY = ['webgpu', 'portable'] as const;

  /** The requirements by setting and rule. A new rule needs a line here, and a grain (`grains.ts`, `salt.ts`). */
  const FOOD: Readonly<Record<string, Readonly<Record<string, Food>>>> = {
    fold_constants: {
      fold_node: times(100),
      drop_neutral_operand: times(30),
      drop_same_shape: times(30),
      drop_transpose_in_order: times(20),
      drop_cast_to_same: times(20),
      drop_whole_slice: times(20),
      drop_pad_by_none: times(20),
      drop_concat_of_one: times(20),
      choose_branch: times(20),
      merge_reshape: times(50),
      merge_transpose: times(20),
    },
    expand_bodies: {
      expand_body: times(20, ...BY_BODY),
      merge_transpose: times(5),
      drop_transpose_in_order: times(5),
    },
    hoist_invariants: { hoist_node: times(100) },
    sink_linear_through_pool: { score_parts: times(20), pool_parts: times(20) },
    pool_by_scores: { run_on_scores: times(15) },
    fold_scale: { scale_weights: times(30, ...BY_BODY) },
    'fold_scale (eager)': { scale_weights: times(30) },
    fuse_linears: { join_linears: times(30) },
    'fuse_linears (eager)': { join_linears: times(100) },
    flatten_rows: {
      linear_on_rows: times(100),
      follow_rows: times(100),
      reshape_rows: times(100),
      reshape_before_cuts: times(30),
      drop_same_shape: times(30),
      merge_reshape: times(30),
    },
    fuse_residual_norm: {
      sum_with_norm: times(20, ...FUSED_NORMS),
      norm_with_sum: times(30, ...FUSED_NORMS),
    },
    // On `portable` no op gets a kernel. On the other targets, sums with norms and blocks of weights have kernels.
    choose_kernels: { choose_kernel: times(40, ...FUSED_NORMS) },
    'halve_floats (fp16)': { halve_node: times(1000) },
    'quantize_linears (int8)': { quantize_linear: times(20) },
    'quantize_linears (int4)': { quantize_linear: times(300) },
  };

  const food = fc.sample(saltedCase, { numRuns: 100, seed: 1 }).map(({ graph }) => graph);
  /** A graph for every op, so that every rule is tried at least once and its name is known. */
  const ops = Object.values(OPS).flatMap((op) => op.samples.map((sample) => oneOp(op, sample).graph));

  /** How often each rule fired, including those that never did. */
  function firedIn(graphs: readonly Graph[], { pass, precision }: Setting, target: Target) {
    const trace = createRecorder(true);
    for (const graph of graphs) pass.run(graph, { ops: OPS, target, precision, trace });
    return new Map(trace.rules().map(({ rule, fired }) => [rule, fired]));
  }

  const sampled = NAMED.filter(([, { pass }]) => pass.samples !== undefined);
  const counted = NAMED.filter(([, { pass }]) => pass.samples === undefined);

  test.each(sampled)('%s, in its samples', (_, setting) => {
    const { pass, precision } = setting;
    const graphs = pass.samples!.map(graphOf);
    for (const graph of graphs)
      for (const target of setting.targets)
        expectSame(graph, passed(pass, graph, target, { precision }).graph, inputsOf(graph));
    const reported = setting.targets.map((target) => firedIn([...graphs, ...ops], setting, target));
    const fired = setting.targets.map((target) => firedIn(graphs, setting, target));
    const rules = new Set(reported.flatMap((counts) => [...counts.keys()]));
    expect(rules.size, 'rules that the pass reports').toBeGreaterThan(0);
    for (const rule of rules)
      expect(Math.max(...fired.map((counts) => counts.get(rule) ?? 0)), rule).toBeGreaterThan(0);
  });

  test.each(counted)('%s', (name, setting) => {
    const lines = FOOD[name] ?? {};
    const known = new Set(firedIn(ops, setting, setting.targets[0]!).keys());
    for (const target of setting.targets) {
      const fired = firedIn(food, setting, target);
      for (const rule of fired.keys()) known.add(rule);
      for (const [rule, { least, on = TARGETS }] of Object.entries(lines)) {
        const count = fired.get(rule) ?? 0;
        if (on.includes(target)) expect(count, `${rule} on ${target}`).toBeGreaterThanOrEqual(least);
        else expect(count, `${rule} on ${target}`).toBe(0);
      }
    }
    expect([...known].sort(), 'a line for each rule').toEqual(Object.keys(lines).sort());
    expect(known.size, 'rules that the pass reports').toBeGreaterThan(0);
  });

  test('every line is for a pass that exists', () => {
    expect(Object.keys(FOOD).sort()).toEqual(counted.map(([name]) => name).sort());
  });
});
