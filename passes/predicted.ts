/** The time of a model on machines, found in the graph that would run there: after the passes for each. */
import type { Machine } from '../compiler/cost/machine.ts';
import { countedNodes, type Predicted, predict } from '../compiler/cost/predict.ts';
import type { ReportLengths } from '../compiler/cost/report.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { lower } from '../compiler/lower/index.ts';
import { OPS } from '../compiler/ops/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { PIPELINE_OF, PIPELINES } from './index.ts';
import type { Precision } from './pass.ts';
import { runPasses } from './run.ts';

/** Document to text where it writes, or to memory. */
function compiledFor(spec: ModelSpec, target: Machine['target'], precision: Precision): Graph {
  const { value: graph } = lower(spec, { entry: spec.decoder ? 'generate' : 'encode' });
  require(graph !== undefined, () => `${spec.name} cannot be lowered`);
  const ctx = { ops: OPS, target, precision };
  const { value, diagnostics } = runPasses(graph, PIPELINES[PIPELINE_OF[precision]], ctx);
  require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
  return value.graph;
}

/** On each of the machines, which have the arithmetic of the precision (`HALF_TARGETS`). */
export function predictedOn(
  machines: readonly Machine[],
  spec: ModelSpec,
  lengths: Required<ReportLengths>,
  precision: Precision,
): readonly Predicted[] {
  const targets = new Set(machines.map(({ target }) => target));
  const counted = new Map(
    [...targets].map((target) => [target, countedNodes(compiledFor(spec, target, precision), OPS, lengths)]),
  );
  return machines.map((machine) => predict(counted.get(machine.target)!, lengths.target, machine, precision));
}
