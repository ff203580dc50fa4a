/** What only a graph can tell: the most activations that are alive at once, and what is computed and moved. */
import { workOf } from '../compiler/cost/fold.ts';
import { peakOf } from '../compiler/cost/memory.ts';
import { type Side, sideOf } from '../compiler/cost/parts.ts';
import { evaluatePolynomial, type Polynomial, sum } from '../compiler/cost/polynomial.ts';
import type { Executed, Execution, GraphFootprint } from '../compiler/cost/quantities.ts';
import { type ModelReport, measure } from '../compiler/cost/report.ts';
import { trafficOf } from '../compiler/cost/traffic.ts';
import { trainingPeakOf } from '../compiler/cost/training_memory.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { type Entry, lowered, wholeOf } from '../compiler/lower/index.ts';
import { onceFor } from '../compiler/memo.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from './index.ts';
import type { Precision, Target } from './pass.ts';
import { runPasses } from './run.ts';

/** float16 is for GPUs alone. */
const TARGET_OF: Readonly<Record<Precision, Target>> = {
  fp32: 'cpu',
  fp16: 'cuda',
  int8: 'cpu',
  int4: 'cpu',
};

/** Not verified: nothing is written, and `compile` verifies the same graph. */
export const compiled = onceFor((spec: ModelSpec, precision: Precision, entry: Entry): Graph => {
  const ctx = { ops: OPS, target: TARGET_OF[precision], precision };
  const passes = PIPELINES[PIPELINE_OF[precision]];
  const { value, diagnostics } = runPasses(lowered(spec, entry), passes, ctx, { verify: false });
  require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
  return value.graph;
});

function executionOf(graph: Graph, lengths: ModelReport['lengths'], decodes: boolean): Execution {
  const known = new Map(Object.entries(lengths));
  const traffic = [...trafficOf(graph, OPS, known)];
  const counted = workOf(graph, OPS, known);
  const on = (side: Side): Executed => {
    const own = traffic.filter(([node]) => sideOf(node) === side).map(([, bytes]) => bytes);
    const products = counted.filter(({ node }) => sideOf(node) === side).map(({ work }) => work.macs);
    const total = (all: readonly Polynomial[]): bigint => {
      const value = evaluatePolynomial(sum(...all), new Map());
      require(value !== undefined, () => 'a length has no value');
      return value;
    };
    return {
      macs: total(products),
      read: total(own.map(({ read }) => read)),
      written: total(own.map(({ written }) => written)),
    };
  };
  return { encoder: on('encoder'), decoder: decodes ? on('decoder') : null };
}

export const graphFootprint = {
  activations: (spec, lengths, precision) =>
    peakOf(compiled(spec, precision, wholeOf(spec)), OPS, new Map(Object.entries(lengths))).bytes,
  training: (spec, lengths) =>
    trainingPeakOf(measure(spec).graph, OPS, new Map(Object.entries(lengths))).bytes,
  execution: (spec, lengths, precision) =>
    executionOf(compiled(spec, precision, wholeOf(spec)), lengths, spec.decoder !== undefined),
} satisfies GraphFootprint;
