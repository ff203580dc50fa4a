/**
 * Runs the examples through every pass. At full size, the graph is verified after each pass. Shrunk models of the same
 * structure (`shrunk.ts`), which the interpreter can run, must keep their outputs.
 */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../compiler/ir/graph.ts';
import { printGraph } from '../../compiler/ir/text.ts';
import { type Entry, lower } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { type Passed, PRECISIONS, type Precision, runPasses, type Target } from '../../passes/index.ts';
import { effort, SLOW } from '../effort.ts';
import { SHAPES } from '../examples.ts';
import { expectMeaning, meaningOf, passed } from './checks.ts';
import { EACH, pipelineOf, targetsOf } from './each.ts';
import { entryInputs } from './entry_inputs.ts';
import { LONGEST, shrunk } from './shrunk.ts';

/** The models that differ in more than their numbers. */
const EXAMPLES = SHAPES.map(({ name, spec }) => [name, spec] as const);

/** The entry `generate` contains all parts of a model. `step` has parts that `generate` lacks. */
const entriesOf = ({ decoder }: ModelSpec, quick: readonly Entry[]): readonly Entry[] =>
  decoder ? effort(quick, ['generate', 'step']) : ['encode'];

function through(graph: Graph, precision: Precision, target: Target): Passed {
  const ctx = { ops: OPS, target, precision };
  const { value, diagnostics } = runPasses(graph, pipelineOf(precision), ctx, { verify: true });
  expect(diagnostics).toEqual([]);
  expect(value!.stats.map(({ name }) => name)).toEqual(pipelineOf(precision).map(({ name }) => name));
  return value!;
}

/** Rules that depend on sizes: small constants become literals, and a linear is quantised if this saves time. */
const BY_SIZE: readonly string[] = ['fold_node', 'quantize_linear'];

/** How often each rule fired, without rules that depend on sizes. After quantisation, the choice of kernels does. */
function rulesOf({ stats }: Passed): Readonly<Record<string, number>> {
  const quantised = stats.some(({ name }) => name === 'quantize_linears');
  const left = [...BY_SIZE, ...(quantised ? ['choose_kernel'] : [])];
  return Object.fromEntries(
    stats.flatMap(({ name, rules }) =>
      rules.flatMap(({ rule, fired }) => (left.includes(rule) ? [] : [[`${name}: ${rule}`, fired]])),
    ),
  );
}

interface Run {
  readonly precision: Precision;
  /** The entries that the quick suite runs. */
  readonly entries: readonly Entry[];
  readonly targets: readonly Target[];
  /** The models; by default every example, with both poolings, both attentions and both norms. */
  readonly models?: readonly string[];
}

const SOME = ['Mixed', 'PyramidionPre'];
const RUNS: readonly Run[] = [
  { precision: 'fp32', entries: ['generate'], targets: ['cpu'] },
  { precision: 'fp16', entries: ['generate'], targets: ['webgpu'], models: SOME },
  { precision: 'int8', entries: ['encode'], targets: ['portable'], models: SOME },
  { precision: 'int4', entries: ['generate'], targets: ['cpu'], models: SOME },
];

/** The number of tokens of a document. */
const LENGTH = Math.min(LONGEST - 3, effort(21, 29));

/**
 * Compares graphs with the outputs of this one. A graph that differs only in kernels, which the interpreter ignores, is
 * not computed again.
 */
function comparing(graph: Graph) {
  const inputs = entryInputs(graph, LENGTH);
  const meaning = meaningOf(graph, inputs);
  const textOf = (g: Graph): string => printGraph(g).replace(/kernel: "\w+"/g, 'kernel');
  const seen = new Set([textOf(graph)]);
  const expectMeant = (after: Graph): void => {
    const text = textOf(after);
    if (!seen.has(text)) expectMeaning(meaning(), after, inputs);
    seen.add(text);
  };
  return { graph, expectMeant };
}

test('every precision is run', () => expect(RUNS.map((run) => run.precision)).toEqual(PRECISIONS));

describe.each(EXAMPLES)('%s', (_, spec) => {
  const small = shrunk(spec);
  const meant = new Map<Entry, ReturnType<typeof comparing>>();
  const lowered = (entry: Entry) => {
    const known = meant.get(entry) ?? comparing(lower(small, { entry }).value!);
    meant.set(entry, known);
    return known;
  };

  // The slow suite runs every target and pass on the two models in which most rules have something to do.
  const thorough = SLOW && SOME.includes(spec.name);
  const runs = RUNS.filter(({ models }) => !models || models.includes(spec.name));
  test.each(runs.map((run) => [run.precision, run] as const))(
    '%s: shrunk, the same rules fire and outputs stay equal',
    (_name, run) => {
      for (const entry of entriesOf(spec, run.entries)) {
        const full = lower(spec, { entry }).value!;
        const { graph, expectMeant } = lowered(entry);
        for (const target of thorough ? targetsOf(run.precision) : run.targets) {
          const after = through(graph, run.precision, target);
          expect(rulesOf(after), 'what fires').toEqual(rulesOf(through(full, run.precision, target)));
          expectMeant(after.graph);
        }
      }
    },
  );

  test.each(thorough ? EACH.map((each) => [each.name, each] as const) : [])('%s alone', (_name, each) => {
    const { graph, expectMeant } = lowered(spec.decoder ? 'generate' : 'encode');
    for (const target of each.targets)
      expectMeant(passed(each.pass, graph, target, { precision: each.precision }).graph);
  });
});
