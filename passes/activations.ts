/** The most activations that a compiled model has alive at once. */
import type { Footprint } from '../compiler/cost/budget_quantities.ts';
import { peakOf } from '../compiler/cost/memory.ts';
import type { Graph } from '../compiler/ir/graph.ts';
import { require } from '../compiler/ir/op.ts';
import { type Entry, lower } from '../compiler/lower/index.ts';
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

/** Compiled before: a report and its budgets ask for one model at many lengths. */
const known = new WeakMap<ModelSpec, Map<string, Graph>>();

export function compiled(spec: ModelSpec, precision: Precision, entry: Entry): Graph {
  const graphs = known.get(spec) ?? new Map<string, Graph>();
  known.set(spec, graphs);
  const key = `${precision} ${entry}`;
  const graph = graphs.get(key) ?? compile(spec, precision, entry);
  graphs.set(key, graph);
  return graph;
}

/** Not verified: nothing is written, and `compile` verifies the same graph. */
function compile(spec: ModelSpec, precision: Precision, entry: Entry): Graph {
  const { value: graph } = lower(spec, { entry });
  require(graph !== undefined, () => `${spec.name} cannot be lowered`);
  const ctx = { ops: OPS, target: TARGET_OF[precision], precision };
  const { value, diagnostics } = runPasses(graph, PIPELINES[PIPELINE_OF[precision]], ctx, { verify: false });
  require(value !== undefined, () => diagnostics.map(({ message }) => message).join('; '));
  return value.graph;
}

/** A decoder that reads all words at once has more alive than one that writes them one by one. */
export const activationsOf: Footprint['activations'] = (spec, lengths, precision) => {
  const graph = compiled(spec, precision, spec.decoder ? 'forward' : 'encode');
  return peakOf(graph, OPS, new Map(Object.entries(lengths))).bytes;
};
