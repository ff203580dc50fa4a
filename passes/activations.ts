/** The most activations that a compiled model has alive at once. */
import { peakOf } from '../compiler/cost/memory.ts';
import type { GraphFootprint } from '../compiler/cost/quantities.ts';
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

export const graphFootprint = {
  activations: (spec, lengths, precision) =>
    peakOf(compiled(spec, precision, wholeOf(spec)), OPS, new Map(Object.entries(lengths))).bytes,
} satisfies GraphFootprint;
