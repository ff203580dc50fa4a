/** Costs that need a graph: the peaks of activations, the multiplications, and the bytes that are read and written. */

import type { Bindings } from '../../compiler/ir/dim.ts';
import type { Graph, Node } from '../../compiler/ir/graph.ts';
import { onceFor } from '../../compiler/ir/memo.ts';
import { require } from '../../compiler/ir/op.ts';
import { evaluatePolynomial, type Polynomial, sum } from '../../compiler/ir/polynomial.ts';
import { defaultEntryOf, type Entry, lowered, wholeOf } from '../../compiler/model/index.ts';
import { OPS } from '../../compiler/ops/index.ts';
import type { ModelSpec } from '../../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from '../../passes/index.ts';
import type { Precision, Target } from '../../passes/pass.ts';
import { runPasses } from '../../passes/run.ts';
import { workOf } from '../algebra/fold.ts';
import { byLayer, layerOf, type Side, sideOf } from '../algebra/parts.ts';
import { measure } from '../measured.ts';
import type { ModelReport } from '../report.ts';
import type { Executed, Execution, GraphFootprint, Held } from './held.ts';
import { peakOf } from './memory.ts';
import { trafficOf } from './traffic.ts';
import { trainingPeakOf } from './training_memory.ts';

/** The target that each precision is compiled for. Only GPUs compute in float16. */
export const TARGET_OF: Readonly<Record<Precision, Target>> = {
  fp32: 'cpu',
  fp16: 'cuda',
  int8: 'cpu',
  int4: 'cpu',
};

/**
 * The graph after its passes. It is not verified, because it is not written to a file; `compile` verifies the same
 * graph.
 */
export const compiled = onceFor(
  (spec: ModelSpec, precision: Precision, entry: Entry, target: Target): Graph => {
    const ctx = { ops: OPS, target, precision };
    const passes = PIPELINES[PIPELINE_OF[precision]];
    const { value, diagnostics } = runPasses(lowered(spec, entry), passes, ctx, { verify: false });
    require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
    return value.graph;
  },
);

const heldAt = ({ bytes, at }: { readonly bytes: bigint; readonly at: Node | undefined }): Held => ({
  bytes,
  side: at ? sideOf(at) : null,
  layer: at ? layerOf(at) : null,
});

const summed = (all: readonly Executed[]): Executed => {
  const sum = (name: keyof Executed): bigint => all.reduce((total, one) => total + one[name], 0n);
  return { macs: sum('macs'), read: sum('read'), written: sum('written') };
};

function executionOf(graph: Graph, lengths: ModelReport['lengths'], decodes: boolean): Execution {
  const known = new Map(Object.entries(lengths));
  const traffic = trafficOf(graph, OPS, known);
  const counted = workOf(graph, OPS, known);
  const layers = byLayer(counted, ({ node }) => node).map(({ side, layer, all }) => {
    const own = all.map(({ node }) => traffic.get(node)!);
    const products = all.map(({ work }) => work.macs);
    const total = (all: readonly Polynomial[]): bigint => {
      const value = evaluatePolynomial(sum(...all), new Map());
      require(value !== undefined, () => 'a length has no value');
      return value;
    };
    return {
      side,
      layer,
      macs: total(products),
      read: total(own.map(({ read }) => read)),
      written: total(own.map(({ written }) => written)),
    };
  });
  const on = (side: Side): Executed => summed(layers.filter((one) => one.side === side));
  return { encoder: on('encoder'), decoder: decodes ? on('decoder') : null, layers };
}

/** The lengths at the peak of any entry: a search needs the most memory when it writes its last word. */
const atPeak = ({ target, ...lengths }: ModelReport['lengths']): Bindings =>
  new Map(Object.entries({ ...lengths, target, written: target - 1, steps: target }));

export const graphFootprint = {
  activations: (spec, lengths, precision, entry = defaultEntryOf(spec)) =>
    heldAt(peakOf(compiled(spec, precision, entry, TARGET_OF[precision]), OPS, atPeak(lengths))),
  training: (spec, lengths) =>
    heldAt(trainingPeakOf(measure(spec).graph, OPS, new Map(Object.entries(lengths)))),
  execution: (spec, lengths, precision) =>
    executionOf(
      compiled(spec, precision, wholeOf(spec), TARGET_OF[precision]),
      lengths,
      spec.decoder !== undefined,
    ),
} as const satisfies GraphFootprint;
