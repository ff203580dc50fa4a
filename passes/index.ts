/** Every pass by name, and the pipelines as plain arrays. A new pass is one file and a line here. */
import { chooseKernels } from './choose_kernels.ts';
import { flattenRows } from './flatten_rows.ts';
import { foldConstants } from './fold_constants.ts';
import { foldScale } from './fold_scale.ts';
import { fuseLinears } from './fuse_linears.ts';
import { fuseResidualNorm } from './fuse_residual_norm.ts';
import { halveFloats } from './halve_floats.ts';
import { hoistInvariants } from './hoist_invariants.ts';
import type { Pass, Precision } from './pass.ts';
import { poolByScores } from './pool_by_scores.ts';
import { quantizeLinears } from './quantize_linears.ts';
import { sinkLinearThroughPool } from './sink_linear_through_pool.ts';

const LIST: readonly Pass[] = [
  foldConstants,
  hoistInvariants,
  sinkLinearThroughPool,
  poolByScores,
  foldScale,
  fuseLinears,
  flattenRows,
  fuseResidualNorm,
  chooseKernels,
];

/** A precision is chosen for ops as they will run, so after the passes that join them; their kernels come last. */
const inPrecision = (pass: Pass): readonly Pass[] => [
  ...LIST.filter((other) => other !== chooseKernels),
  pass,
  chooseKernels,
];

/** What `compile` runs. `none` emits the graph as lowered, every op by its definition. */
export const PIPELINES: Readonly<Record<'none' | 'default' | 'halved' | 'quantized', readonly Pass[]>> = {
  none: [],
  default: LIST,
  halved: inPrecision(halveFloats),
  quantized: inPrecision(quantizeLinears),
};

export const PIPELINE_OF: Readonly<Record<Precision, keyof typeof PIPELINES>> = {
  fp32: 'default',
  fp16: 'halved',
  int8: 'quantized',
  int4: 'quantized',
};

export const PASSES: Readonly<Record<string, Pass>> = Object.fromEntries(
  Object.values(PIPELINES)
    .flat()
    .map((pass) => [pass.name, pass]),
);

export type { Pass, PassContext, Precision, Target } from './pass.ts';
export { PRECISIONS, TARGETS } from './pass.ts';
export { formsIn } from './quantize_linears.ts';
export { type ReplayContext, replay } from './replay.ts';
export { type Passed, type PassesOutcome, type PassStats, type RunOptions, runPasses } from './run.ts';
export { type Switches, switchesOf, wantsDump } from './switches.ts';
